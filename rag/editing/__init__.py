"""What an editor needs: the context of a place in a file, and code to put there."""
