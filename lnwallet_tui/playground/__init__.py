"""A Lightning network in one process: chain, peers, a clock to advance."""
