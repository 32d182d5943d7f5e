"""Which text is worth parsing: some scanners take minutes for text that nobody wrote by hand."""

import numpy as np

# Text with longer lines or deeper nesting is generated: its syntax says nothing and takes long to parse.
MAX_MEAN_LINE_BYTES = 100_000
MAX_NESTING = 2_000  # 99,000 open braces keep the Haskell scanner busy for six minutes
# Bytes that a scanner reads for comments that are never closed: from each of them to the end of the text.
MAX_UNCLOSED_BYTES = 200_000_000
_BRACKETS = np.zeros(256, dtype=np.int8)
_BRACKETS[list(b"([{")] = 1
_BRACKETS[list(b")]}")] = -1


def why_not_parsed(data: bytes, max_bytes: int) -> str:
    """Return why a text is not worth parsing, as a note for the user; empty if it is."""
    if len(data) > max_bytes:
        return f"not parsed: {len(data)} bytes are more than {max_bytes}"
    mean_line = len(data) // (data.count(b"\n") + 1)
    if mean_line > MAX_MEAN_LINE_BYTES:
        return f"not parsed: lines of {mean_line} bytes on average are more than {MAX_MEAN_LINE_BYTES}"
    closed = data.rfind(b"*/") + 1
    if (unclosed := data.count(b"/*", closed)) * (len(data) - closed) > MAX_UNCLOSED_BYTES:
        return f"not parsed: {unclosed} comments are opened and never closed"
    depth = np.cumsum(_BRACKETS[np.frombuffer(data, dtype=np.uint8)], dtype=np.int32)
    if data and (nesting := int((depth - np.minimum.accumulate(depth)).max())) > MAX_NESTING:
        return f"not parsed: {nesting} nested brackets are more than {MAX_NESTING}"
    return ""
