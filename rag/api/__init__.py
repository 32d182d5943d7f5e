"""The APIs of libraries, as the command `rag api` shows them."""
