"""LDK (rust-lightning, as WASM from npm) as a counterpart.

`*.mjs` are one LDK node as a child process, `ldk.py` drives it, `world.py` is the chain, mempool
and time that it shares with a node of ours. Install it with `npm ci` in this folder.
"""
