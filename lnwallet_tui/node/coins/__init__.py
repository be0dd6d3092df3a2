"""The wallet on chain: its coins, what is sent from them, and what hurries a transaction."""
