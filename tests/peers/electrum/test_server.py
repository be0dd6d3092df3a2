"""What the Electrum server says of the chain and the mempool, checked by what is in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import msgspec
import pytest
import pytest_asyncio

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256, sha256d
from lnwallet_tui.bitcoin.merkle import merkle_root
from lnwallet_tui.bitcoin.script import p2wpkh
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from tests.peers.electrum.index import backwards, merkle_branch, script_hash
from tests.peers.electrum.server import ElectrumServer
from tests.peers.electrum.world import World

SCRIPT = p2wpkh(bytes((2, *bytes(32))))
SECONDS = 30.0


class Client:
    """Speaks the protocol over a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.told: list[tuple[object, object]] = []

    async def ask(self, method: str, *params: object) -> object:
        """The result; what was pushed before it is in `told`."""
        line = msgspec.json.encode({"id": 1, "method": method, "params": params})
        self._writer.write(line + b"\n")
        while "method" in (answer := await self.read()):
            self.told.append((answer["method"], answer["params"]))
        return answer.get("result", answer.get("error"))

    async def read(self) -> dict[str, object]:
        """The next line."""
        async with asyncio.timeout(SECONDS):
            line = await self._reader.readline()
        return msgspec.json.decode(line, type=dict[str, object])

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@pytest_asyncio.fixture
async def client(world: World) -> AsyncIterator[Client]:
    server = ElectrumServer(world.index, lambda tx: world.publish("client", (tx,))[0])
    await server.start()
    world.mempool_watchers.append(server.mempool_changed)
    client = Client(*await asyncio.open_connection("127.0.0.1", server.port))
    yield client
    client.close()
    await server.stop()


def payment(world: World, *values: int) -> Tx:
    """The faucet pays these values to the script, as the first outputs."""
    return world.faucet.pay([TxOut(Sat(value), SCRIPT) for value in values])


async def test_headers_are_a_chain(world: World, client: Client) -> None:
    tip = await client.ask("blockchain.headers.subscribe")
    answer = await client.ask("blockchain.block.headers", 0, 2016)
    assert isinstance(answer, dict)
    raw = bytes.fromhex(answer["hex"])
    headers = [raw[at : at + 80] for at in range(0, len(raw), 80)]
    assert answer["count"] == len(headers) == world.chain.height + 1
    for before, after in pairwise(headers):
        assert after[4:36] == sha256d(before)
    assert tip == {"height": world.chain.height, "hex": headers[-1].hex()}


async def test_a_script_from_nothing_to_confirmed(world: World, client: Client) -> None:
    """Each change is pushed with the status that the history then has."""
    name = script_hash(SCRIPT)
    assert await client.ask("blockchain.scripthash.subscribe", name) is None
    await client.ask("blockchain.headers.subscribe")
    tx = payment(world, 5_000, 7_000)
    hash_ = backwards(tx.txid)
    assert await client.ask("blockchain.transaction.broadcast", tx.serialize().hex()) == hash_
    assert await client.ask("blockchain.transaction.get", hash_) == tx.serialize().hex()
    assert await client.ask("blockchain.scripthash.get_balance", name) == {
        "confirmed": 0,
        "unconfirmed": 12_000,
    }
    await world.mine()
    height = world.chain.height
    history = await client.ask("blockchain.scripthash.get_history", name)
    assert history == [{"tx_hash": hash_, "height": height}]
    assert await client.ask("blockchain.scripthash.listunspent", name) == [
        {"tx_hash": hash_, "tx_pos": vout, "height": height, "value": value}
        for vout, value in enumerate((5_000, 7_000))
    ]
    waiting, confirmed = (sha256(f"{hash_}:{at}:".encode()).hex() for at in (0, height))
    assert client.told == [
        ("blockchain.scripthash.subscribe", [name, waiting]),
        (
            "blockchain.headers.subscribe",
            [{"height": height, "hex": world.chain.tip.block.header.serialize().hex()}],
        ),
        ("blockchain.scripthash.subscribe", [name, confirmed]),
    ]


async def test_a_child_in_the_mempool_stands_at_minus_one(world: World, client: Client) -> None:
    """The faucet spends its own change, in part to the script."""
    first = payment(world, 5_000)
    world.publish("faucet", (first,))
    change = TxOut(Sat(1_000_000), SCRIPT)
    child = world.faucet.key.sign(
        Tx(2, (TxIn(first.outpoint(1)),), (change,)), 0, first.outputs[-1].value
    )
    await client.ask("blockchain.transaction.broadcast", child.serialize().hex())
    history = await client.ask("blockchain.scripthash.get_history", script_hash(SCRIPT))
    assert isinstance(history, list)
    assert [line["height"] for line in history] == [0, -1]


async def test_what_the_mempool_refuses_is_told_with_its_reason(
    world: World, client: Client
) -> None:
    tx = payment(world, 100)
    answer = await client.ask("blockchain.transaction.broadcast", tx.serialize().hex())
    assert isinstance(answer, dict)
    assert "dust" in answer["message"]
    assert len(world.faults()) == 1
    world.published.clear()


@pytest.mark.parametrize("count", range(1, 8))
def test_a_merkle_branch_leads_to_the_root(count: int) -> None:
    leaves = tuple(sha256(bytes((number,))) for number in range(count))
    roots = set()
    for position, leaf in enumerate(leaves):
        node, at = leaf, position
        for sibling in merkle_branch(leaves, position):
            node = sha256d(sibling + node if at % 2 else node + sibling)
            at //= 2
        roots.add(node)
    assert len(roots) == 1
    assert roots == {merkle_root(leaves)}
