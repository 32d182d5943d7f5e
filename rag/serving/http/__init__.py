"""The service by HTTP: who may ask, how much at a time, and what is told of it."""
