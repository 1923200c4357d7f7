"""The order sheet, filled for a weight or blank."""
