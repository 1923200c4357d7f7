"""How things are drawn: pages, fonts, two-dimensional codes."""
