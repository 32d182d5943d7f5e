"""Documentation as its generators build it: which one made a folder, of what, and what is no content."""
