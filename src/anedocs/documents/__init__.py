"""One folder for each document: its words and its pages."""
