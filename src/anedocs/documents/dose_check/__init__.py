"""What each drug comes to at many weights, to hold against what was built."""
