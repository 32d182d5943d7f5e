"""The documentation site: pages gathered from the repository, references made from the code, pictures."""
