"""One process for one wallet: it holds the folder's lock, keeps the seed, runs the node and answers
at the counter. No screen is in it."""
