"""Check programs against the API of the libraries that they use, without running them."""
