"""How token tables are made: the built-in one, and one of a user's own code. Nothing here runs when indexing."""
