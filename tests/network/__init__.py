"""Tests of a whole payment network: hundreds of relays like mainnet's, and wallets at its edge."""
