"""Answers of a service: what every surface shows, made by the library and cut to a budget of tokens."""
