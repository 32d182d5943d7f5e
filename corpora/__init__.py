"""Where text comes from: code trees, HTML documentation, Python packages."""
