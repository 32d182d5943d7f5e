"""What changed in the ways to call an object, where only the places of arguments count."""
