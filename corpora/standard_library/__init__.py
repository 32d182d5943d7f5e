"""The documentation of Python's standard library: what an interpreter says, and HTML that is installed."""
