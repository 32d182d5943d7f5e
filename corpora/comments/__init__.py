"""The documentation comments of a source tree."""
