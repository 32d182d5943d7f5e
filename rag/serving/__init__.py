"""One process that keeps indexes open, and the surfaces through which agents, editors and people ask it."""
