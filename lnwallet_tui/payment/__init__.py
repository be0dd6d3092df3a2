"""One payment, out or in, from intent to receipt."""
