"""Servers of models: requests with retries, their protocols, and what their answers and refusals mean."""
