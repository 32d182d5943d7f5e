"""What a project says that it depends on: lock files, requirements, names of packages."""
