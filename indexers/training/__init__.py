"""How token tables are made: the built-in one, and one of a user's own code. Indexing needs none of it."""
