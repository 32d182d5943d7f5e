"""How the table of the built-in encoder is made. Needs the extra `train`; nothing here runs when indexing."""
