"""Results of commands as text for people, 80 columns wide, or as JSON."""
