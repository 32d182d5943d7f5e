"""Python packages: their documented objects, read without running any code of theirs."""
