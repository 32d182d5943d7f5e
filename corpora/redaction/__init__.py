"""Find keys, tokens and passwords in a text and remove them."""
