"""Words from the command line, made into calls."""
