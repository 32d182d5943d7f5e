"""The names that source code defines, declares and re-exports."""
