"""Channels that two machines lived through: any commitment of either side, at any time, is met.

What the channel room stores (state and rows) must be all that this room needs; nothing is built by
hand here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel, ChannelType
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    HtlcOutput,
    LocalAnchor,
    RemoteAnchor,
    build_commitment,
)
from lnwallet_tui.onchain.classify import CloseKind, Cooperative, Revoked, Theirs, classify
from lnwallet_tui.onchain.facts import ChainView, ConfirmedTx, PastFacts, facts_of
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.resolve import Resolution, resolve
from lnwallet_tui.onchain.sweep import plan
from lnwallet_tui.playground.engine import Engine
from tests.channel.pair import Pair
from tests.channel.two import ANCHORS, STATIC, Party, Two, msat

HEIGHT = 100
CHANCES = {"add": 5, "sign": 8, "deliver": 16, "decide": 4, "set_fee": 1, "cut": 1}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as running:
        yield running


def lived(engine: Engine, channel_type: ChannelType, seed: int) -> Pair:
    """A life of which the end is in the middle of something."""
    two, dice = Two.fresh(), Random(seed)
    two.ready(channel_type=channel_type, push=msat(300_000))
    pair = Pair(two, engine)
    for act in dice.choices(list(CHANCES), list(CHANCES.values()), k=300):
        getattr(pair, act)(dice.choice(two.both), dice.randint(0, 400))
        pair.connect(two.a)
    return pair


def facts(pair: Pair, party: Party) -> PastFacts:
    held = tuple(pair.books[party.name].held)
    return facts_of(party.channel, held, party.signer.per_commitment_point)


def meet(pair: Pair, party: Party, published: BuiltCommitment) -> Resolution:
    """What `party` knows of it, with every claim taken and looked at by the engine."""
    spends = {party.channel.funding.outpoint: ConfirmedTx(published.tx, HEIGHT)}
    resolution = resolve(
        facts(pair, party),
        ChainView(HEIGHT, spends),
        party.signer.per_commitment_point,
        script=party.script,
        preimages={},
    )
    assert resolution is not None
    later = HEIGHT + 2_100
    swept = plan(
        resolution.claims, script=party.script, next_height=later, estimate=lambda _: 253, before={}
    )
    assert swept.waiting == ()
    for sweep in swept.sweeps:
        spent = [published.tx.outputs[claim.outpoint.vout] for claim in sweep.claims]
        assert pair.engine.verify_inputs(sweep.sign(party.signer), spent) is None
        assert sum((out.value for out in spent), Sat(0)) == sweep.tx.outputs[0].value + sweep.fee
    return resolution


def claimed(resolution: Resolution) -> Sat:
    return sum((claim.value for claim in resolution.claims), Sat(0))


def worth(built: BuiltCommitment) -> Sat:
    """All of it but the anchors."""
    roles = zip(built.tx.outputs, built.outputs, strict=True)
    kept = (out.value for out, role in roles if not isinstance(role, LocalAnchor | RemoteAnchor))
    return sum(kept, Sat(0))


def expected(channel: Channel, number: int) -> type[CloseKind]:
    return Revoked if number < channel.their_current.spec.number else Theirs


@pytest.mark.parametrize("channel_type", [ANCHORS, STATIC], ids=["anchors", "static_remotekey"])
def test_every_commitment_that_was_ever_signed(engine: Engine, channel_type: ChannelType) -> None:
    seen = Counter[str]()
    for seed in range(2):
        pair = lived(engine, channel_type, seed)
        for party, other in (pair.two.both, pair.two.both[::-1]):
            params = party.channel.params(Side.THEM)
            for number, spec in pair.books[party.name].signed.items():
                built = build_commitment(params, other.signer.per_commitment_point(number), spec)
                resolution = meet(pair, party, built)
                close = resolution.close
                assert type(close) is expected(party.channel, number)
                seen[type(close).__name__] += 1
                if isinstance(close, Revoked):
                    assert claimed(resolution) == worth(built)
                    seen["HTLC"] += sum(isinstance(o, HtlcOutput) for o in close.roles)
                if isinstance(close, Theirs):
                    seen["next"] += close.is_next
    assert seen["Revoked"] > 50
    assert min(seen["HTLC"], seen["Theirs"] - 6) > 0, "a life in which nothing happened"
    assert seen["next"] > 0


@pytest.mark.parametrize("channel_type", [ANCHORS, STATIC], ids=["anchors", "static_remotekey"])
def test_our_commitment_as_the_other_sees_it(engine: Engine, channel_type: ChannelType) -> None:
    """What one side publishes of its stored state is known to the other, unrevoked."""
    for seed in range(2):
        pair = lived(engine, channel_type, seed)
        for party, other in (pair.two.both, pair.two.both[::-1]):
            mine = facts(pair, party)
            tx = our_commitment(mine, party.signer)
            spent = pair.two.funding_tx.outputs[party.channel.funding.outpoint.vout]
            assert engine.verify_inputs(tx, [spent]) is None
            close = meet(pair, other, mine.build_ours()).close
            assert isinstance(close, Theirs)


@pytest.mark.parametrize("channel_type", [ANCHORS, STATIC], ids=["anchors", "static_remotekey"])
def test_a_cooperative_close_is_known_to_both(engine: Engine, channel_type: ChannelType) -> None:
    pair = lived(engine, channel_type, 1)
    pair.settle()
    pair.close(pair.two.a, 0)
    pair.settle()
    assert pair.closed
    for party in pair.two.both:
        tx = party.channel.closing.tx
        assert tx is not None
        known = classify(facts(pair, party), tx, party.signer.per_commitment_point)
        assert known == Cooperative()
        paid = {txout.script_pubkey for txout in tx.outputs}
        assert facts(pair, party).our_closing_scripts & paid == {party.script}
