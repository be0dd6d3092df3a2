"""A node of the Bitcoin network for tests, in a process of its own, over Bitcoin Core's consensus
engine: regtest, loopback TCP, filters served to whoever asks, a mempool with Core's policy.

    async with BitcoinNode.started(tmp_path, Behaviour(), Behaviour(silent=True)) as node:
        txid = await node.pay(script, 50_000)
        await node.mine(6)

Each `Behaviour` is a door of its own: a port at which one peer of the network seems to live. All
doors show the same chain and the same mempool; some of them lie (`behaviour`).
"""
