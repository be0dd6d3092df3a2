"""The terminal screen; it knows only api."""
