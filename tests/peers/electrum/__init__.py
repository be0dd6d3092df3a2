"""Electrum (Debian's package) as a counterpart.

`electrum.py` drives one Electrum: a child process with its own folder, asked over JSON-RPC.
`server.py` is the Electrum server that it sees the chain through, over the playground's chain and
mempool. Install it with `apt-get install electrum`.

What it does its own way, as its source says:

- It speaks `static_remotekey` only, and announces no channel: who is to pay over it needs a hint.
- As the funder on regtest it takes a feerate far above the server's, which trims HTLCs below some
  30,000 sat, and sends an `update_fee` as soon as the channel is open.
- It neither pays nor forwards while the newest block is eight hours old.
- It goes to chain by itself for HTLCs of more than 500,000 sat together only.
- A payment of its own whose HTLC it has taken back on chain is under way for ever.
"""
