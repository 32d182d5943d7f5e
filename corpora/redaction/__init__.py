"""Find keys, tokens and passwords, and take them out of a text."""
