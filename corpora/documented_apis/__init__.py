"""The API of a library as its documentation tells it, and what changed between two versions of that."""
