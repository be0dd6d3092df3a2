"""The breach drill: a cheat in a sandbox of its own, and penalties built for practice."""
