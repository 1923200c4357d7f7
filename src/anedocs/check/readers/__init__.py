"""How finished files are opened: PDF, pictures, workbooks, tables, JSON. No order set is known."""
