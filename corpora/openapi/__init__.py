"""Descriptions of HTTP interfaces, an operation a section."""
