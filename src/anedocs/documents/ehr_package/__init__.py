"""The EHR package as a whole: how to import it, and the sums of its files."""
