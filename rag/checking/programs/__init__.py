"""The programs that are checked, as they are read."""
