"""What was really built in an EHR, against the order set."""
