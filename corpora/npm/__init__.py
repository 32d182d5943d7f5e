"""npm packages: the documentation in their TypeScript declarations."""
