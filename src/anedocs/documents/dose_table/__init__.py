"""The doses with their working, as a table for the terminal."""
