"""Whether a printed or saved order sheet is still true."""
