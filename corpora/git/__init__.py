"""Repositories that git fetches: their location, a shallow clone in the cache, its code as a corpus."""
