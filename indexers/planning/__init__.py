"""A plan of what indexing would read and cost, made before anything is indexed."""
