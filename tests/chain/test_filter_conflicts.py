"""Who lies about a filter: proven by the block, or nobody is banned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.block import Block, BlockError
from lnwallet_tui.bitcoin.script import OP_RETURN, p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn
from lnwallet_tui.chain.filter_conflicts import Lie, judge, outputs_seen
from lnwallet_tui.chain.filter_headers import Conflict, Side
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.watch import Confirmed, Fact, Spent
from tests.chain.filter_blocks import block_of, honest, lying, spending
from tests.chain.inputs import FORMS, KEY, LOOKS_LIKE_P2WPKH, P2SH_P2WPKH

HEIGHT = 850_000
PAID = b"\x00\x14" + b"\x01" * 20
OUR_FUNDING = p2wsh(b"two of two")
FUNDING = OutPoint(b"\x0f" * 32, 1)
ELSEWHERE = OutPoint(b"\xee" * 32, 0)
NONE_SEEN: dict[OutPoint, bytes] = {}


def conflict_of(**filters: BasicFilter) -> Conflict[str]:
    """Each peer vouches for the filter under its name."""
    sides: dict[bytes, list[str]] = {}
    for peer, found in filters.items():
        sides.setdefault(found.hash, []).append(peer)
    return Conflict(HEIGHT, tuple(Side(value, tuple(who)) for value, who in sides.items()))


def closing() -> Block:
    """A block that spends our channel's funding, and pays."""
    txin = TxIn(FUNDING, witness=(b"", b"sig", b"sig", b"two of two"))
    return block_of(spending(txin, pays=[PAID, b"\x51" * 34]))


def test_a_filter_without_an_output_of_the_block_is_a_lie() -> None:
    block = closing()
    good, bad = honest(block, [OUR_FUNDING]), lying(block, [OUR_FUNDING], without=[PAID])
    conflict = conflict_of(alice=good, bob=good, mallory=bad)
    judged = judge(conflict, block, [good, bad], NONE_SEEN)
    assert judged.banned == ("mallory",)
    assert (judged.lies[0].lie, judged.lies[0].script) == (Lie.LACKS_OUTPUT, PAID)
    assert judged.settled == good.hash
    assert judged.disagreeing == 0


def test_the_majority_does_not_count() -> None:
    block = closing()
    good, bad = honest(block, [OUR_FUNDING]), lying(block, [OUR_FUNDING], without=[PAID])
    conflict = conflict_of(m1=bad, m2=bad, m3=bad, alice=good)
    judged = judge(conflict, block, [bad, good], NONE_SEEN)
    assert judged.banned == ("m1", "m2", "m3")
    assert judged.settled == good.hash


def test_a_filter_that_hides_the_spend_of_our_channel_is_a_lie() -> None:
    """The one lie that pays: it would keep a cheat from our sight."""
    block = closing()
    good, bad = honest(block, [OUR_FUNDING]), lying(block, [OUR_FUNDING], without=[OUR_FUNDING])
    judged = judge(conflict_of(alice=good, mallory=bad), block, [good, bad], {FUNDING: OUR_FUNDING})
    assert judged.banned == ("mallory",)
    assert (judged.lies[0].lie, judged.lies[0].script) == (Lie.LACKS_SPENT, OUR_FUNDING)


def test_a_script_that_a_peer_made_us_watch_is_no_proof() -> None:
    """A peer proposes a channel whose funding has another script than it says. What we saw in
    blocks counts, and nothing else."""
    funding = spending(TxIn(ELSEWHERE), pays=[PAID, OUR_FUNDING])
    spend = spending(TxIn(funding.outpoint(1), witness=(b"x",)))
    facts: list[Fact] = [
        Confirmed(funding.outpoint(1), funding.outpoint(1), funding, 7, 1),
        Spent(funding.outpoint(1), funding.outpoint(1), spend, 8, 1),
    ]
    assert outputs_seen(facts) == {funding.outpoint(0): PAID, funding.outpoint(1): OUR_FUNDING}


def test_a_filter_without_the_script_inside_p2sh_is_a_lie() -> None:
    form = FORMS[P2SH_P2WPKH]
    block = block_of(spending(form.txin(ELSEWHERE), pays=[PAID]))
    good, bad = honest(block, [form.script]), lying(block, [form.script], without=[form.script])
    judged = judge(conflict_of(alice=good, mallory=bad), block, [good, bad], NONE_SEEN)
    assert judged.banned == ("mallory",)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_filter_that_may_lack_what_an_input_spends_is_doubted(name: str) -> None:
    form = FORMS[name]
    block = block_of(spending(form.txin(ELSEWHERE), pays=[PAID]))
    good = honest(block, [form.script])
    bad = lying(block, [form.script], without=[form.script])
    judged = judge(conflict_of(alice=good, mallory=bad), block, [bad, good], NONE_SEEN)
    by_peer = {standing.side.peers[0]: standing.doubts for standing in judged.standing}
    assert by_peer["alice"] == 0
    if form.certain:
        assert judged.banned == ("mallory",)
    else:
        assert judged.banned == ()
        assert by_peer["mallory"] == int(form.recognised)


def test_an_input_that_looks_like_another_bans_nobody() -> None:
    """Anybody can make an input that looks as if it spent a P2WPKH, but spends a script which is a
    public key at first sight (Core takes it: `test_spent_scripts`). Its maker's filter holds what
    it looks like; all honest ones do not, and must not be banned for that."""
    form = FORMS[LOOKS_LIKE_P2WPKH]
    block = block_of(spending(form.txin(ELSEWHERE), pays=[PAID]))
    good, trap = honest(block, [form.script]), lying(block, [form.script], and_=[form.looks_like])
    judged = judge(conflict_of(alice=good, bob=good, m=trap), block, [good, trap], NONE_SEEN)
    assert "alice" not in judged.banned
    assert all(standing.doubts == 0 for standing in judged.standing)


def test_where_no_lie_is_proven_it_is_said_how_many_disagree() -> None:
    block = block_of(spending(TxIn(ELSEWHERE, witness=(bytes(64),)), pays=[PAID]))
    one, other = honest(block, [b"\x51\x20" + b"\x01" * 32]), honest(block, [b"\x51" * 3])
    judged = judge(conflict_of(alice=one, bob=one, m=other), block, [one, other], NONE_SEEN)
    assert judged.banned == ()
    assert judged.settled is None
    assert judged.disagreeing == 3
    assert judged.height == HEIGHT


def test_a_filter_with_more_scripts_than_the_block_is_a_lie() -> None:
    block = closing()
    good = honest(block, [OUR_FUNDING])
    as_many = lying(block, [OUR_FUNDING], without=[OUR_FUNDING], and_=[b"\x52"])
    more = lying(block, [OUR_FUNDING], and_=[b"\x52"])
    judged = judge(conflict_of(alice=good, m=more), block, [good, more], NONE_SEEN)
    assert [(proof.side.peers, proof.lie) for proof in judged.lies] == [(("m",), Lie.TOO_MANY)]
    judged = judge(conflict_of(alice=good, m=as_many), block, [good, as_many], NONE_SEEN)
    assert judged.banned == ()


@pytest.mark.parametrize("data", ["", "00", "01", "0500", "02fffff000000000"])
def test_what_is_no_filter_of_the_block_is_a_lie(data: str) -> None:
    block = closing()
    good, bad = honest(block, [OUR_FUNDING]), BasicFilter(block.hash, bytes.fromhex(data))
    judged = judge(conflict_of(alice=good, m=bad), block, [good, bad], NONE_SEEN)
    assert judged.banned == ("m",)
    assert judged.settled == good.hash


def test_outputs_that_filters_leave_out_are_not_missed() -> None:
    block = block_of(spending(TxIn(ELSEWHERE, b"\x51"), pays=[b"", bytes((OP_RETURN,)), PAID]))
    good, other = honest(block, [b"\x51"]), honest(block, [b"\x52"])
    judged = judge(conflict_of(alice=good, bob=other), block, [good, other], NONE_SEEN)
    assert judged.lies == ()


def test_a_filter_that_nobody_sends_is_neither_right_nor_a_lie() -> None:
    block = closing()
    good, never_sent = honest(block, [OUR_FUNDING]), honest(block, [b"\x51"])
    judged = judge(conflict_of(alice=good, m=never_sent), block, [good], NONE_SEEN)
    assert judged.banned == ()
    assert judged.unserved == (Side(never_sent.hash, ("m",)),)
    assert judged.settled == good.hash


def test_every_filter_may_be_a_lie() -> None:
    block = closing()
    bads = [BasicFilter(block.hash, b"\0"), lying(block, [], without=[PAID])]
    judged = judge(conflict_of(m1=bads[0], m2=bads[1]), block, bads, NONE_SEEN)
    assert set(judged.banned) == {"m1", "m2"}
    assert judged.settled is None


def test_a_block_with_other_transactions_proves_nothing() -> None:
    """Who serves the block could else have those banned whose filters are right."""
    block = closing()
    good, bad = honest(block, [OUR_FUNDING]), honest(block, [b"\x51"])
    forged = replace(block, transactions=(*block.transactions, spending(TxIn(ELSEWHERE))))
    with pytest.raises(BlockError):
        judge(conflict_of(alice=good, m=bad), forged, [good, bad], NONE_SEEN)
    stripped = replace(block, transactions=(*block.transactions[:1], *_without_witnesses(block)))
    with pytest.raises(BlockError):
        judge(conflict_of(alice=good, m=bad), stripped, [good, bad], NONE_SEEN)


def _without_witnesses(block: Block) -> tuple[Tx, ...]:
    return tuple(
        replace(tx, inputs=tuple(replace(txin, witness=()) for txin in tx.inputs))
        for tx in block.transactions[1:]
    )


@given(st.lists(st.sampled_from(sorted(FORMS)), max_size=6), st.binary(max_size=60))
def test_an_honest_filter_is_never_called_a_lie(names: list[str], other: bytes) -> None:
    inputs = [FORMS[name].txin(OutPoint(KEY[:32], n)) for n, name in enumerate(names)]
    spent = [FORMS[name].script for name in names]
    block = block_of(spending(*inputs, TxIn(ELSEWHERE), pays=[PAID, other]))
    good, bad = honest(block, [*spent, b"\x51"]), BasicFilter(block.hash, b"\0")
    judged = judge(conflict_of(alice=good, m=bad), block, [good, bad], NONE_SEEN)
    assert judged.banned == ("m",)
