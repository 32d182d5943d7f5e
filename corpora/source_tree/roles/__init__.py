"""What each file of a tree is for: code, a test, an example, documentation, configuration and others."""
