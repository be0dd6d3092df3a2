"""Byte streams to peers: TCP, and its in-memory twin."""
