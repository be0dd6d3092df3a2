"""Who is known, connected, dialled again, and what they tell of the network."""
