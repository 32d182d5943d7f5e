"""What the release notes of a library say of its API."""
