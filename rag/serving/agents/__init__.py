"""Agents that speak the Model Context Protocol, and their settings, into which our server is written."""
