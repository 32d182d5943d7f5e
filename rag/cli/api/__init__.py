"""`rag api`: commands for the APIs of libraries."""
