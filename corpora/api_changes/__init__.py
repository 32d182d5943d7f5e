"""What changed in the API of a library from one version to another, as a corpus."""
