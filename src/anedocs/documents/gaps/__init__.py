"""What the committee still owes, as a list."""
