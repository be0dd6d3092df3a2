"""Who hides the spending of an output that a block showed us is found out: also of one that we
look for only since that block, and after a start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from lnwallet_tui.api.spending import Sending, WantedFee
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.questions import Fault
from lnwallet_tui.chain.watch import Follower, Spent
from lnwallet_tui.node.guard.following import Following, Outlook
from lnwallet_tui.playground.simchain import ChainBlock, SimChain
from tests.bip158_encoder import encode_filter, scripts_of
from tests.light.town import LightTown
from tests.node.town import MINUTE_MS
from tests.p2p.full_node import FullNode, spent_by

WITNESS: Final = b"\x51"  # OP_TRUE
FUNDING: Final = p2wsh(WITNESS)
LATER_WITNESS: Final = b"\x51\x61"  # OP_TRUE OP_NOP
LATER: Final = p2wsh(LATER_WITNESS)
OTHERS: Final = p2wsh(b"of others")


class Hides(FullNode):
    """Its filters lack these scripts where they are spent."""

    def __init__(self, chain: SimChain, hidden: Collection[bytes]) -> None:
        super().__init__(chain)
        self._hidden = hidden

    def _filter(self, block: ChainBlock) -> bytes:
        spent = [script for script in spent_by(block) if script not in self._hidden]
        return encode_filter(block.hash, scripts_of(block.block, spent))


def is_found_out(town: LightTown, name: str) -> bool:
    """Whether the first node was left for its lie, and nobody else."""
    return set(town.whom[name].ends) == {(town.bitcoin.addresses[0], Fault.LIE)}


def spending(at: OutPoint, witness: bytes, pays: bytes, sat: int) -> Tx:
    """It takes the whole output."""
    return Tx(2, (TxIn(at, witness=(witness,)),), (TxOut(Sat(sat), pays),))


@asynccontextmanager
async def following(town: LightTown, birthday: int, follower: Follower) -> AsyncIterator[None]:
    """As the guard does."""
    light = town.light("reader", birthday)
    said: list[str] = []
    guard = Following(follower, Outlook(light, town.clock), lambda: None, said.append)
    task = asyncio.create_task(guard.run(), name="guard")
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await light.close()
    assert not said


async def read(town: LightTown, follower: Follower) -> None:
    tip = town.regtest.chain
    assert await town.clock.wait_for(lambda: follower.height == tip.height, MINUTE_MS)


async def put(town: LightTown, tx: Tx) -> None:
    """Into the next block."""
    assert town.regtest.publish(tx) is None
    await town.mine()


async def spent_twice(folder: Path, *, anew: bool) -> LightTown:
    """An output that is watched was spent, and in a later block what the spending transaction
    made; the first node hides the latter."""
    town, follower = LightTown(folder), Follower()
    await town.regtest.begin()
    birthday = town.regtest.chain.height
    given = town.regtest.give([TxOut(Sat(100_000), FUNDING)])
    at = OutPoint(given.txid, [out.script_pubkey for out in given.outputs].index(FUNDING))
    first = spending(at, WITNESS, LATER, 99_000)
    second = spending(OutPoint(first.txid, 0), LATER_WITNESS, OTHERS, 98_000)
    town.bitcoin.nodes[0]._full = Hides(town.regtest.chain, (LATER,))
    follower.ask(at, FUNDING, 1)
    async with following(town, birthday, follower):
        await town.mine()
        await put(town, first)
        await read(town, follower)
        if not anew:
            await put(town, second)
            await read(town, follower)
    if anew:
        town.whom["reader"].ends.clear()
        async with following(town, birthday, follower):
            await put(town, second)
            await read(town, follower)
    spends = [fact.tx for fact in follower.all_facts() if isinstance(fact, Spent)]
    assert spends == [first, second]
    town.close_stores()
    town.regtest.close()
    return town


async def test_who_hides_the_spending_of_what_a_block_taught_us_is_found_out(
    tmp_path: Path,
) -> None:
    assert is_found_out(await spent_twice(tmp_path, anew=False), "reader")


async def test_who_hides_the_spending_of_what_was_seen_before_a_start_is_found_out(
    tmp_path: Path,
) -> None:
    assert is_found_out(await spent_twice(tmp_path, anew=True), "reader")


async def test_a_node_knows_after_a_start_which_outputs_are_its_own(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada")
    node = await town.restart("ada")
    ours = {coin.script_pubkey for coin in node._board.wallet.coins()}
    town.bitcoin.nodes[0]._full = Hides(town.regtest.chain, ours)
    address = (await town.do(node.address())).address
    await town.do(
        node.send(Sending(((address, 0),), everything=True, fee=WantedFee(feerate_per_kw=1_000)))
    )
    town.whom["ada"].ends.clear()
    await town.mine()
    assert is_found_out(town, "ada")
    await town.end()
