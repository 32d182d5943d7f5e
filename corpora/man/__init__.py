"""Manual pages, with a section for each option."""
