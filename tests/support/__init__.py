"""What tests share: homes to change, finished pages to measure, files to tamper with. No tests."""
