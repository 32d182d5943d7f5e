"""Read, unpack and start what comes from elsewhere, within bounds and asking where it matters."""
