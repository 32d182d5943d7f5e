"""The two engines of an index, lexical and dense, and where their files lie."""
