"""Make the model of the compact encoder."""
