"""Which files commits changed, found by the words of their messages."""
