"""The drill: a sandbox in which the guard catches cheats, and penalties built for practice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from lnwallet_tui.api.drill import DrillView, RehearsalView
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.old_states import OldState
from lnwallet_tui.channel.shachain import ShachainStore
from lnwallet_tui.node.guard.guard import Guard
from lnwallet_tui.onchain.rehearsal import NotPunished, rehearse, spread
from lnwallet_tui.playground.cheating import kept_state
from lnwallet_tui.playground.drill.__main__ import played
from lnwallet_tui.playground.drill.drills import Drills
from lnwallet_tui.playground.drill.practice import rehearse_all
from tests.node.town import Town


@pytest.mark.parametrize("seed", [1, 7])
async def test_both_cheats_are_caught_and_all_of_it_comes_home(tmp_path: Path, seed: int) -> None:
    drill = await played(seed, tmp_path)
    assert drill.failure == ""
    assert [one.channel_type for one in drill.caught] == ["anchors", "static_remotekey"]
    for one in drill.caught:
        assert one.blocks == 1
        assert one.htlcs == 1
        assert 990_000 < one.penalty_sat < 1_000_000  # of a channel of a million: all but fees
        assert one.fee_sat < 10_000


async def test_a_seed_plays_the_same_drill_again(tmp_path: Path) -> None:
    assert await played(3, tmp_path / "one") == await played(3, tmp_path / "two")


async def test_a_guard_that_sleeps_fails_the_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Guard, "_publish", lambda *_: None)
    drill = await played(1, tmp_path)
    assert drill.failure == "The guard did not take everything in 20 blocks."
    assert drill.caught == ()


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def lively(town: Town) -> None:
    """A channel with payments both ways in its past."""
    await town.open("ada", "ben", 800_000)
    for _ in range(3):
        await town.pay("ada", "ben", 60_000_000)
        await town.pay("ben", "ada", 40_000_000)


async def test_every_revoked_state_of_a_real_channel_can_be_punished(town: Town) -> None:
    await lively(town)
    [practice] = town.nodes["ada"].practices()
    [channel] = await town.nodes["ada"].channels()
    assert practice.revoked == (await town.nodes["ada"].guard()).revoked_states > 10
    tried, inputs = rehearse_all([practice])
    assert tried == practice.revoked
    assert inputs > 2 * tried  # HTLCs beside both balances
    assert (await town.nodes["ada"].channels()) == (channel,)


async def test_what_is_built_again_is_what_the_peer_could_publish(town: Town) -> None:
    await town.open("ada", "ben", 800_000)
    ben, real = town.nodes["ben"], {}
    feed = ben.feed()

    def keep() -> None:
        [channel] = ben.channel_states()
        signer = ben.channel_signer(channel.channel_id)
        kept = kept_state(channel, signer)
        real[kept.number] = kept.tx

    keep()
    for amount in (60_000_000, 70_000_000):
        await town.pay("ada", "ben", amount)
        keep()
    await town.pay("ben", "ada", 40_000_000)
    del feed
    [practice] = town.nodes["ada"].practices()
    for number, tx in real.items():
        assert rehearse(practice, number).commitment.txid == tx.txid
    older = replace(practice, states={})  # an older version kept nothing of them
    for number, tx in real.items():
        built = rehearse(older, number).commitment
        ours = {out.script_pubkey for out in built.outputs}
        assert {out.script_pubkey for out in tx.outputs} <= ours
        assert (built.locktime, built.inputs[0].sequence) == (tx.locktime, tx.inputs[0].sequence)


async def test_what_is_kept_of_a_state_and_cannot_be_is_found_out(town: Town) -> None:
    await lively(town)
    [practice] = town.nodes["ada"].practices()
    more_than_all = OldState(1_000, Msat(900_000_000))
    mistaken = replace(practice, states={**practice.states, 1: more_than_all})
    with pytest.raises(NotPunished, match=r"What is kept of state 1 of .* is more"):
        rehearse_all([mistaken])
    newest, kept = practice.revoked, practice.states[practice.revoked]
    assert newest == practice.facts.their_current.spec.number
    another = replace(kept, to_local=kept.to_local - Msat(1_000))
    mistaken = replace(practice, states={**practice.states, newest: another})
    with pytest.raises(
        NotPunished, match=f"What is kept of state {newest} .* does not give it again"
    ):
        rehearse_all([mistaken])


async def test_a_secret_or_a_key_that_is_missing_is_found_out(town: Town) -> None:
    await lively(town)
    [practice] = town.nodes["ada"].practices()
    forgetful = replace(practice, facts=replace(practice.facts, their_secrets=ShachainStore()))
    with pytest.raises(NotPunished, match="The secret of old state 0 of the channel with"):
        rehearse(forgetful, 0)
    [other] = town.nodes["ben"].practices()
    mistaken = replace(practice, signer=other.signer)
    with pytest.raises(NotPunished, match="cannot be signed"):
        rehearse_all([mistaken])


def test_of_many_states_so_many_are_tried_evenly() -> None:
    assert spread(3, 10) == (0, 1, 2)
    assert spread(0, 10) == ()
    chosen = spread(12_345, 1_000)
    assert (len(chosen), chosen[0], chosen[-1]) == (1_000, 0, 12_344)
    gaps = {after - before for before, after in pairwise(chosen)}
    assert gaps <= {12, 13}


async def test_what_came_of_it_is_kept_with_its_date(town: Town) -> None:
    drills = Drills(town.nodes["ada"])
    assert (await drills.last()).drill is None
    await lively(town)
    drill, rehearsal = await drills.drill(), await drills.rehearse()
    assert isinstance(drill, DrillView), drill
    assert isinstance(rehearsal, RehearsalView), rehearsal
    assert (drill.failure, rehearsal.failure) == ("", "")
    assert drill.happened == rehearsal.happened == town.clock.now()
    assert (rehearsal.channels, rehearsal.tried) == (1, rehearsal.revoked)
    again = await Drills(await town.restart("ada")).last()
    assert (again.drill, again.rehearsal) == (drill, rehearsal)
