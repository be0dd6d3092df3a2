"""Where every millisatoshi is, once."""
