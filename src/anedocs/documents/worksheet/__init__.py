"""The build worksheet: the order set as a table, as CSV and workbook."""
