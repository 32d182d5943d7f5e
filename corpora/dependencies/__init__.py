"""The dependencies that a project declares: lock files, requirements, names of packages."""
