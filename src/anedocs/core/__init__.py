"""What every other room stands on: exact numbers, problems with a place, the writing of values."""
