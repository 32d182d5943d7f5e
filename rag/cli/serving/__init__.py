"""Commands that serve indexes to agents, editors and people."""
