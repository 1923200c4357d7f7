"""The pocket card, in three sizes."""
