"""One small mistake at a time is made in code that money depends on; its tests must notice."""
