"""HTTP exchanges with one deadline each, and the cache of what was fetched."""
