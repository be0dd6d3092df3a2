"""Electrum (Debian's package) as a counterpart.

`electrum.py` drives one Electrum: a child process with its own folder, asked over JSON-RPC.
`server.py` is the Electrum server that it sees the chain through, over the playground's chain and
mempool. Install it with `apt-get install electrum`.
"""
