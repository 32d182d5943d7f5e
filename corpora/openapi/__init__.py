"""Descriptions of HTTP APIs, with a section for each operation."""
