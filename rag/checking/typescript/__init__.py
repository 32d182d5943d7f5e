"""Check programs of TypeScript and JavaScript by the compiler of TypeScript, in a room of its own."""
