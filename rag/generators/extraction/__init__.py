"""Find the code in what a model answered."""
