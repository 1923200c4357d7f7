"""The order set as tables: build worksheet and dose check, as CSV and workbook."""
