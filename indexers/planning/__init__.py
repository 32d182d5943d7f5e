"""Say what indexing would read and cost, before it does."""
