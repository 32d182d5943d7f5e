"""The two engines of an index, lexical and dense, and the layout of its files."""
