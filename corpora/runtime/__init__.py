"""What only a running interpreter shows of a package: the program that asks, and the facts it found."""
