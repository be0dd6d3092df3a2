"""Bitcoin's own formats: amounts, curve, transactions, scripts, signature digests, addresses."""
