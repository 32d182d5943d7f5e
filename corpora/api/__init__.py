"""The API of a library at one version: what it has, how it is called, and where it is defined."""
