"""Rules of the wallet, broken one at a time: whoever looks on without knowing which must notice."""
