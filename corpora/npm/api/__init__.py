"""The API of an npm package, from its TypeScript declarations."""
