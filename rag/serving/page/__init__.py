"""The page of a service: its files, and the data that it shows."""
