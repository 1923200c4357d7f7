"""Finished files read back into text and facts, without the writers' help."""
