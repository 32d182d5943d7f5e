"""The command `rag`: parse the arguments, call one function of the library, print the result."""
