"""Code that runs inside the sandbox, on Python 3.8 and newer, with nothing but the standard library.

The folder is mounted read-only in the sandbox; nothing here may import from outside it.
"""
