"""`python -m rag`, which Python looks up in the working folder first: `python -P -m rag` does not."""

import sys

from rag.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
