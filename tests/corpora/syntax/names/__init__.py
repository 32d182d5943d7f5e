"""Tests of the names that source code defines."""
