"""Compiled modules: what the tables in their files say of their members, without loading them."""
