"""Finished files made anew and read back, without the help of what wrote them."""
