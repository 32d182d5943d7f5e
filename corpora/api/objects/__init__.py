"""What changed in an object that two versions of a library have: kind, calls, keywords, bases, notes."""
