"""The screen on a scripted node: every path by keyboard and mouse, and what it looks like."""
