"""Have a generator correct its answer before anything runs: by what a check of its code finds."""
