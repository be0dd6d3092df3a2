"""Ways through the network: which nodes a payment passes, what each asks, or why there is none."""
