"""One connection to one peer, without a socket: Noise (BOLT 8) and BOLT 1."""
