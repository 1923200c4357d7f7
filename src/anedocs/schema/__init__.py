"""The source text with line and column, the model that gives it meaning, and its checks."""
