"""Answers of generators kept on disk: by what key, in what form, and the generator that looks there first."""
