"""The API of npm packages."""
