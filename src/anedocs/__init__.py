"""anedocs: one clinical guideline as YAML, every document a hospital hands out made from it."""

__version__ = "0.2.0"
