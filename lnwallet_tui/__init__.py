"""A Lightning wallet in the terminal, on its own light node."""
