"""Every clinical phrase once, and the order lines that all documents take them from."""
