"""What calls take and give in the end, followed from function to function."""
