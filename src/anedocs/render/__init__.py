"""How things are drawn: pages, Word files, workbooks, codes, flowcharts. Knows no medicine."""
