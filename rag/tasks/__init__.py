"""Tasks: what is asked, what that adds to retrieval and to the prompt, and how answers are read."""
