"""What the `__getattr__` of a module answers, worked out from its source: nothing is run."""
