"""Rank what the searches found."""
