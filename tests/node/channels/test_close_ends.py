"""What closing alone promises holds whichever commitment confirms, whatever its payments do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice, product
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.views import CloseQuote
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.commitments import spec_for
from lnwallet_tui.channel.htlcs import (
    Failed,
    FeeUpdate,
    Htlc,
    Ledger,
    Side,
    Stage,
    View,
)
from lnwallet_tui.channel.state import Channel, TheirCommitment
from lnwallet_tui.channel.transactions import BuiltCommitment, ToLocal, ToRemote
from lnwallet_tui.node.channels import close_quote
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.onchain.facts import ChannelFacts
from tests.node.town import Town

AMOUNT_SAT = 44_000
ADDING = (
    Stage.ADD_PROPOSED,
    Stage.ADD_SIGNED,
    Stage.ADD_REVOKED,
    Stage.ADD_COUNTERSIGNED,
    Stage.LOCKED_IN,
)
REMOVING = (
    Stage.REMOVE_PROPOSED,
    Stage.REMOVE_SIGNED,
    Stage.REMOVE_REVOKED,
    Stage.REMOVE_COUNTERSIGNED,
)


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def walks(side: Side, htlc_id: int = 0) -> Iterator[Htlc]:
    """Every state of a payment that `side` offered, failing and arriving."""
    htlc = Htlc(
        offered_by=side,
        id=htlc_id,
        amount=Msat(AMOUNT_SAT * 1000),
        payment_hash=bytes([htlc_id]) * 32,
        cltv_expiry=300,
        onion=b"",
    )
    for stage in ADDING:
        yield replace(htlc, stage=stage)
    for stage in REMOVING:
        yield replace(htlc, stage=stage, preimage=bytes(32))
        yield replace(htlc, stage=stage, failure=Failed(b""))


def in_state(channel: Channel, ledger: Ledger) -> Channel:
    """The channel with the commitments that this ledger makes."""
    specs = [
        spec_for(ledger, owner, view, 7 + number)
        for number, (owner, view) in enumerate(
            ((Side.US, View.SIGNED), (Side.THEM, View.OLDEST), (Side.THEM, View.SIGNED))
        )
    ]
    point = channel.their_current.point
    is_next = replace(specs[1], number=0) != replace(specs[2], number=0)
    return replace(
        channel,
        ledger=ledger,
        our_commitment=replace(channel.our_commitment, spec=specs[0]),
        their_current=TheirCommitment(spec=specs[1], point=point),
        their_next=TheirCommitment(spec=specs[2], point=point) if is_next else None,
    )


def ours_in(built: BuiltCommitment, kind: type[ToLocal] | type[ToRemote]) -> int:
    outputs = zip(built.outputs, built.tx.outputs, strict=True)
    return sum(txout.value.value for role, txout in outputs if isinstance(role, kind))


def balances(facts: ChannelFacts) -> list[int]:
    """What is ours, payments apart, in each commitment that may confirm."""
    theirs = (facts.build_theirs(one) for one in facts.their_commitments)
    return [ours_in(facts.build_ours(), ToLocal), *(ours_in(one, ToRemote) for one in theirs)]


def is_on_its_way(htlc: Htlc) -> bool:
    """It has not arrived: what is arriving counts until our commitment is without it."""
    return not htlc.fulfilled or htlc.stands_in(Side.US, View.SIGNED)


def quoted(town: Town, name: str, held: Held) -> CloseQuote:
    board = town.nodes[name]._board
    return close_quote.closing(board, held, close_quote.max_closing_fee(board, held.channel))


async def opened(town: Town, closer: str) -> Held:
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 200_000_123)
    held = town.nodes[closer]._board.channels.find(bytes.fromhex(channel_id))
    assert held is not None
    return held


@pytest.mark.parametrize("closer", ["ada", "ben"])
async def test_what_alone_is_promised_at_worst_every_commitment_has(
    town: Town, closer: str
) -> None:
    held = await opened(town, closer)
    usual, rate = held.channel, held.channel.ledger.feerate_per_kw
    fees = ((), *((FeeUpdate(rate * 2, stage),) for stage in ADDING[1:4]))
    pairs = [
        *((one,) for one in walks(Side.US)),
        # Every third of the pairs: all of them say the same, and take three times as long.
        *islice(product(walks(Side.US), walks(Side.US, 1)), 0, None, 3),
        *islice(product(walks(Side.US), walks(Side.THEM)), 0, None, 3),
    ]
    for number, htlcs in enumerate(pairs):
        ledger = replace(usual.ledger, htlcs=htlcs, fee_updates=fees[number % 4])
        held.state = in_state(usual, ledger)
        quote = quoted(town, closer, held)
        said = [(one.offered_by, one.stage, one.fulfilled) for one in htlcs], number % 4
        mine = [one for one in htlcs if one.offered_by is Side.US and is_on_its_way(one)]
        assert quote.outgoing_sat == AMOUNT_SAT * len(mine), said
        outcome = quote.force_outcome
        least = min(balances(town.nodes[closer]._board.guard.facts(held)))
        assert outcome.worst_sat + quote.force_child_most_sat < least, said
        assert quote.force_arrived_sat < least, said
        # and what is said of them does not contradict itself
        back_sat = outcome.about_sat + quote.force_payments_fee_sat - quote.force_arrived_sat
        assert back_sat >= quote.outgoing_sat, said
        together_sat = quote.cooperative_receives_sat - quote.cooperative_arrived_sat
        assert together_sat >= quote.outgoing_sat, said
    held.state = usual


async def test_the_peers_commitment_with_a_payment_that_ours_has_not(town: Town) -> None:
    """It falls silent once it has our signature, and closes alone."""
    held = await opened(town, "ada")
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(AMOUNT_SAT * 1000, "never answered"))
    ben._board.peers.send = lambda *_: None  # type: ignore[method-assign]  # it is silent
    await town.run(
        ada.pay(invoice.invoice),
        until=lambda: any(one.stage is Stage.ADD_SIGNED for one in held.channel.ledger.htlcs),
    )
    await town.clock.rest()
    before, quote = await town.total_sat("ada"), quoted(town, "ada", held)
    outcome, channel_id = quote.force_outcome, quote.channel_id
    await town.do(ben.force_close(channel_id))
    await town.mine(4)
    back = await town.total_sat("ada") - before
    assert (await town.channel("ada", channel_id)).closing_kind == "theirs"
    assert outcome.worst_sat <= back <= outcome.about_sat - AMOUNT_SAT
    assert quote.force_arrived_sat <= back < quote.force_arrived_sat + 200  # a cheaper sweep
