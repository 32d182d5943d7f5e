"""A folder of source code: which files are read, which are left out and why."""
