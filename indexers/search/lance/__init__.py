"""Words and vectors in tables of Lance, on a disk or in object storage, where many machines read them."""
