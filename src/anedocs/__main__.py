"""`python -m anedocs` is the same command as `anedocs`."""

from anedocs.cli.start import main

if __name__ == "__main__":
    main()
