"""Packages of npm: what their TypeScript declarations say."""
