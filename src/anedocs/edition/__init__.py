"""The edition in force: found in a home, compiled, fingerprinted, approved, its gaps listed."""
