"""Render results as text or JSON, the same for every surface."""
