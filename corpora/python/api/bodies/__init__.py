"""What the bodies of functions tell, read as syntax trees."""
