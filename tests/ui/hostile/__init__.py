"""What others can write, on every screen, in a real terminal."""
