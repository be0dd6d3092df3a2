"""The wallet in real terminals on a real display, read by readers that others wrote."""
