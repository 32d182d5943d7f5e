"""What expressions are: a type checker, and what it is asked."""
