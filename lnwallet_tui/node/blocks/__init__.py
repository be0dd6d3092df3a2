"""Follows the chain: blocks come in, transactions go out, and what is known of both is told."""
