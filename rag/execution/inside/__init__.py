"""What runs inside the sandbox, on any Python from 3.8 on, with the standard library alone.

The folder is bound read-only into the sandbox; nothing here may import from outside it.
"""
