"""What is heard of payments that wait for a block, and what peers can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.blocks import BlockConnected
from lnwallet_tui.light.hearing import (
    AGAIN_MS,
    BURST,
    KEPT_MS,
    MOST_ASKED,
    MOST_KEPT,
    MOST_NAMES,
    Hearing,
)
from lnwallet_tui.p2p.inventory import LONGEST_TX

OURS, OTHER = b"\x00\x14" + bytes(20), b"\x00\x14" + b"\x01" * 20
COIN = OutPoint(bytes(32), 0)


def a_tx(script: bytes = OURS, coin: OutPoint = COIN, sat: int = 50_000) -> Tx:
    txin = TxIn(coin, b"", 0xFFFFFFFD, (b"\x01",))
    return Tx(version=2, inputs=(txin,), outputs=(TxOut(Sat(sat), script),), locktime=0)


def coin(number: int) -> OutPoint:
    return OutPoint(number.to_bytes(32, "big"), 0)


def listening() -> Hearing:
    hearing = Hearing()
    hearing.listen(frozenset({OURS}))
    return hearing


def told(hearing: Hearing, tx: Tx, *peers: str, now: int = 0) -> None:
    """All of them name it, the first one is asked and sends it."""
    for peer in peers:
        wanted = hearing.named(peer, [tx.wtxid], now)
        if wanted:
            assert hearing.came(peer, tx, 200, now)


def heard(hearing: Hearing, now: int = 0) -> list[tuple[bytes, int]]:
    return [(one.tx.txid, one.nodes) for one in hearing.heard(now)]


def test_nothing_is_asked_for_while_nobody_waits() -> None:
    hearing = Hearing()
    assert hearing.named("a", [a_tx().wtxid], 0) == ()
    assert not hearing.is_on


def test_a_payment_is_fetched_once_and_all_who_tell_of_it_are_counted() -> None:
    hearing, tx = listening(), a_tx()
    assert hearing.named("a", [tx.wtxid], 0) == (tx.wtxid,)
    assert hearing.named("b", [tx.wtxid], 0) == ()
    assert heard(hearing) == []
    assert hearing.came("a", tx, 200, 0)
    assert heard(hearing) == [(tx.txid, 2)]
    before = hearing.version
    assert hearing.named("c", [tx.wtxid], 0) == ()
    assert hearing.named("c", [tx.wtxid], 0) == ()
    assert heard(hearing) == [(tx.txid, 3)]
    assert hearing.version == before + 1


def test_what_pays_others_is_looked_at_once_and_forgotten() -> None:
    hearing, tx = listening(), a_tx(OTHER)
    told(hearing, tx, "a", "b")
    assert heard(hearing) == []
    assert hearing.named("c", [tx.wtxid], 0) == ()
    assert hearing._kept == {}


def test_who_does_not_answer_is_passed_over_for_another() -> None:
    hearing, tx = listening(), a_tx()
    assert hearing.named("a", [tx.wtxid], 0)
    hearing.named("b", [tx.wtxid], 0)
    hearing.named("c", [tx.wtxid], 0)
    hearing.left("b")
    assert hearing.ask_others(AGAIN_MS - 1) == []
    assert hearing.ask_others(AGAIN_MS) == [("c", tx.wtxid)]
    assert hearing.came("c", tx, 200, AGAIN_MS)
    assert heard(hearing) == [(tx.txid, 1)]
    assert hearing.came("a", tx, 200, AGAIN_MS)  # late, and nothing new
    assert heard(hearing) == [(tx.txid, 1)]


def test_what_nobody_has_can_be_named_again() -> None:
    hearing, tx = listening(), a_tx()
    assert hearing.named("a", [tx.wtxid], 0)
    hearing.lacks("a", [tx.wtxid])
    assert hearing.ask_others(AGAIN_MS) == []
    assert hearing.named("a", [tx.wtxid], AGAIN_MS) == (tx.wtxid,)


def test_a_replacement_that_as_many_tell_of_takes_the_place_of_a_payment() -> None:
    hearing, first, second = listening(), a_tx(), a_tx(sat=40_000)
    told(hearing, first, "a", "b")
    told(hearing, second, "a")
    assert heard(hearing) == [(first.txid, 2), (second.txid, 1)]
    told(hearing, second, "b")
    assert heard(hearing) == [(second.txid, 2)]


def test_a_replacement_that_pays_others_takes_it_away() -> None:
    hearing, first, second = listening(), a_tx(), a_tx(OTHER)
    told(hearing, first, "a", "b")
    told(hearing, second, "c")
    assert heard(hearing) == [(first.txid, 2)]  # one alone cannot hide it
    told(hearing, second, "a")
    assert heard(hearing) == []
    assert hearing._kept == {}


def test_a_block_with_it_or_with_what_spends_the_same_ends_it() -> None:
    for mined in (a_tx(), a_tx(OTHER)):
        hearing, other = listening(), a_tx(coin=coin(7))
        told(hearing, a_tx(), "a")
        told(hearing, other, "a")
        hearing.chain_moved(BlockConnected(5, bytes(32), bytes(32), 0, ((1, mined),)))
        assert heard(hearing) == [(other.txid, 1)]


def test_what_was_heard_outlives_the_listening_and_not_the_day() -> None:
    hearing, tx = listening(), a_tx()
    told(hearing, tx, "a")
    hearing.listen(frozenset())
    assert heard(hearing, KEPT_MS - 1) == [(tx.txid, 1)]
    assert heard(hearing, KEPT_MS) == []


def test_a_peer_that_names_what_it_has_not_is_asked_for_so_many() -> None:
    hearing, tx = listening(), a_tx()
    names = [number.to_bytes(32, "big") for number in range(50_000)]
    assert len(hearing.named("foe", names, 0)) == MOST_ASKED
    assert hearing.named("foe", names[MOST_ASKED:], 10**9) == ()
    assert len(hearing._asked) == MOST_ASKED
    told(hearing, tx, "a")  # nobody else has less room for that
    assert heard(hearing) == [(tx.txid, 1)]


def test_a_peer_that_sends_too_much_is_asked_for_no_more_and_then_left() -> None:
    hearing, now, sent = listening(), 0, 0
    for number in range(1_000):
        tx = a_tx(OTHER, coin(number))
        if not hearing.named("foe", [tx.wtxid], now):
            break
        assert hearing.came("foe", tx, LONGEST_TX, now)
        sent += LONGEST_TX
    assert BURST < sent <= BURST + LONGEST_TX
    assert hearing.named("a", [a_tx().wtxid], now)
    within = [hearing.came("foe", a_tx(OTHER, coin(n)), LONGEST_TX, now) for n in range(12)]
    assert not within[-1]
    later = a_tx(OTHER, coin(1_001))
    assert hearing.named("foe", [later.wtxid], 3_600_000) == (later.wtxid,)


def test_invented_payments_push_out_none_that_more_tell_of() -> None:
    hearing, real = listening(), a_tx()
    told(hearing, real, "a", "b")
    for number in range(1, 100):
        told(hearing, a_tx(coin=coin(number)), "foe", now=number)
    assert (real.txid, 2) in heard(hearing)
    assert len(hearing._kept) == MOST_KEPT


def test_invented_payments_of_one_peer_leave_room_for_what_another_tells() -> None:
    hearing, real = listening(), a_tx()
    for number in range(1, 100):
        told(hearing, a_tx(coin=coin(number)), "foe", now=number)
    told(hearing, real, "a", now=100)
    for number in range(100, 200):
        told(hearing, a_tx(coin=coin(number)), "foe", now=number)
    assert (real.txid, 1) in heard(hearing)


def test_names_are_remembered_within_bounds() -> None:
    hearing = listening()
    for number in range(MOST_NAMES):
        hearing._done[number.to_bytes(32, "big")] = None
    told(hearing, a_tx(OTHER), "a")
    assert len(hearing._done) == MOST_NAMES


class Counted(tuple[TxIn, ...]):
    """Inputs; `readings` says how often somebody went through them."""

    readings = 0

    def __iter__(self) -> Iterator[TxIn]:
        type(self).readings += 1
        return super().__iter__()


def test_what_is_kept_is_not_gone_through_for_each_that_comes() -> None:
    """It may have thousands of inputs, and what comes may be short and come by the thousand."""
    hearing = listening()
    for number in range(MOST_KEPT):
        inputs = Counted(TxIn(coin(number * 100 + at)) for at in range(100))
        told(hearing, replace(a_tx(), inputs=inputs), "a")
    before = Counted.readings
    for number in range(100):
        told(hearing, a_tx(OTHER, coin(1_000_000 + number)), "a")
    assert Counted.readings == before
    last = a_tx(OTHER, coin(100))  # in the way of the second
    told(hearing, last, "a")
    assert len(heard(hearing)) == MOST_KEPT - 1
