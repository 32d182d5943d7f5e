"""Evaluate a generator with retrieval on real tasks, by running what it wrote."""
