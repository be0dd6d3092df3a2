"""Bitcoin's network messages: bytes into a message and back. Nothing here waits or decides."""
