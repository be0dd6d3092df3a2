"""The only room that sees a private key: seed, derivation, signers."""
