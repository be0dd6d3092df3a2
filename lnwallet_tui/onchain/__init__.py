"""BOLT 5: what of a closed channel is ours, by when, and how it is claimed."""
