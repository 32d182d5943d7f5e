"""Tests of counting and estimating tokens."""
