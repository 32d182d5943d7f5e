"""Fetches archives of packages from the package indexes that pip uses; their code is never run."""
