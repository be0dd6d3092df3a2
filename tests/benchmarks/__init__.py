"""Figures that are measured and reported, never asserted: what they are depends on the machine."""
