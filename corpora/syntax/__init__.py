"""Languages, their grammars, and what a syntax tree says of definitions and comments."""
