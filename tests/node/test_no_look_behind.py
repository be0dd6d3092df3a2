"""Only what an earlier life of the wallet left makes it read the chain once more: that is hours of
work, which nobody who has just closed a channel, or pays to us, may give to this machine."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.chain.watch import ScriptPaid
from lnwallet_tui.store.db import Transaction
from tests.node.town import Town


def listened(town: Town) -> list[bytes]:
    """The scripts for which the chain is to be read once more."""
    added = list[bytes]()
    behind = town.nodes["ada"]._board.chain._behind
    add = behind.add

    def noted(tx: Transaction, script: bytes) -> None:
        added.append(script)
        add(tx, script)

    behind.add = noted  # type: ignore[method-assign]  # overheard
    return added


async def test_an_address_that_is_given_out_is_no_reason(tmp_path: Path) -> None:
    town = Town(tmp_path, looks_behind=True)
    await town.begin("ada", "ben")
    await town.mine()
    added = listened(town)
    for _ in range(30):
        await town.nodes["ada"].address()
        await town.nodes["ada"].address(taproot=True)
    await town.mine(2)
    assert added == []
    await town.end()


async def test_a_close_by_the_peer_is_nothing_that_was_left_behind(tmp_path: Path) -> None:
    town = Town(tmp_path, looks_behind=True)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 300_000, push_msat=100_000_000)
    added = listened(town)
    for _ in range(30):  # as many as a wallet has given out that is in use
        await town.nodes["ada"].address()
    await town.mine()
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(3)
    assert (await town.channel("ada", channel_id)).closing_kind
    assert added == []
    await town.end()


async def test_what_was_told_already_is_not_told_twice(tmp_path: Path) -> None:
    """A script can be paid after it was looked for, and before the chain is read once more."""
    town = Town(tmp_path, looks_behind=True)
    await town.begin("ada")
    board = town.nodes["ada"]._board
    chain, store = board.chain, board.shell.store
    told = [fact for fact in chain._follower.all_facts() if isinstance(fact, ScriptPaid)]
    assert told
    with store.transaction() as tx:
        for fact in told:
            chain._behind.add(tx, fact.output.script_pubkey)
    chain._beside.start()
    await town.mine(2)
    assert not chain.looks_behind
    again = [fact for fact in chain._follower.all_facts() if isinstance(fact, ScriptPaid)]
    assert again[: len(told)] == told
    assert len({fact.outpoint for fact in again}) == len(again)
    await town.end()
