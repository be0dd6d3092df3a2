"""What the wallet has, whatever the chain does."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.coins.build import Conditions, build_payment, build_send_all
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.ledger import Balance, Ledger
from lnwallet_tui.store.codec import decode, encode
from tests.coins.wallet import SHOP, Purse, change, own, receiving
from tests.work import steps


def from_outside(value: int, at: int = 0, outputs: int = 1) -> Tx:
    """Somebody pays us."""
    source = OutPoint(sha256(at.to_bytes(4, "big")), 0)
    paid = tuple(TxOut(Sat(value), receiving(vout)) for vout in range(outputs))
    return Tx(2, (TxIn(source),), (*paid, TxOut(Sat(77), SHOP)))


def spending(*outpoints: OutPoint, value: int, script: bytes | None = None) -> Tx:
    """A transaction of ours, with one output."""
    inputs = tuple(TxIn(outpoint) for outpoint in outpoints)
    return Tx(2, inputs, (TxOut(Sat(value), script or change()),))


def balance(confirmed: int = 0, pending: int = 0, reserved: int = 0) -> Balance:
    return Balance(Sat(confirmed), Sat(pending), Sat(reserved))


def values(coins: tuple[Coin, ...]) -> list[int]:
    return [coin.value.value for coin in coins]


def test_an_empty_wallet() -> None:
    assert Ledger().balance() == balance()
    assert not Ledger().coins()
    assert not Ledger().history()


def test_a_payment_to_us_is_pending_then_confirmed() -> None:
    tx = from_outside(1_000)
    ledger = Ledger().unconfirmed(tx, own(), ours=False)
    assert ledger.balance() == balance(pending=1_000)
    assert ledger.spendable(101) == ()
    ledger = ledger.confirmed(tx, 100, own())
    assert ledger.balance() == balance(confirmed=1_000)
    [coin] = ledger.spendable(101)
    assert coin.outpoint == tx.outpoint(0)
    assert coin.output == tx.outputs[0]
    assert coin.path == own()[receiving(0)]
    assert coin.height == 100


def test_an_output_that_is_known_to_be_ours_later_counts_from_then_on() -> None:
    tx, known = from_outside(1_000, outputs=2), own()
    later = {script: path for script, path in known.items() if script != receiving(1)}
    ledger = Ledger().confirmed(tx, 100, later)
    assert ledger.balance() == balance(confirmed=1_000)
    ledger = ledger.confirmed(tx, 100, known)
    assert ledger.balance() == balance(confirmed=2_000)


def test_a_parent_that_is_found_late_stands_before_its_child() -> None:
    first, second = from_outside(1_000), from_outside(500, at=1)
    child = spending(first.outpoint(0), second.outpoint(0), value=1_400)
    ledger = Ledger().confirmed(second, 101, own()).confirmed(child, 102, own())
    ledger = ledger.confirmed(first, 100, own())
    assert [row.txid for row in ledger.txs] == [second.txid, first.txid, child.txid]
    assert ledger.balance() == balance(confirmed=1_400)
    assert sum(entry.change_sat for entry in ledger.history()) == 1_400


def test_what_does_not_concern_us_is_not_kept() -> None:
    tx = spending(OutPoint(bytes(32), 7), value=500, script=SHOP)
    assert Ledger().confirmed(tx, 100, own()) == Ledger()
    assert Ledger().unconfirmed(tx, own(), ours=False) == Ledger()


def test_being_told_again_changes_nothing() -> None:
    tx = from_outside(1_000)
    once = Ledger().confirmed(tx, 100, own())
    assert once.confirmed(tx, 100, own()) == once
    assert once.unconfirmed(tx, own(), ours=False) == once


def test_own_change_can_be_spent_at_once_and_a_doubtful_coin_cannot() -> None:
    paid, doubtful = from_outside(1_000), from_outside(5_000, at=1)
    sent = spending(paid.outpoint(0), value=900)
    ledger = Ledger().confirmed(paid, 100, own()).unconfirmed(sent, own(), ours=True)
    ledger = ledger.unconfirmed(doubtful, own(), ours=False)
    assert ledger.balance() == balance(pending=5_900)
    assert values(ledger.spendable(101)) == [900]


def test_what_rests_on_a_doubtful_coin_is_doubtful() -> None:
    """Ours, but of a payment that its sender can still take back."""
    paid = from_outside(1_000)
    sent = spending(paid.outpoint(0), value=900)
    ledger = Ledger().confirmed(paid, 100, own()).unconfirmed(sent, own(), ours=True)
    assert values(ledger.spendable(101)) == [900]
    reorganised = ledger.disconnected(100)
    assert reorganised.spendable(101) == ()
    assert reorganised.balance() == balance(pending=900)
    assert values(reorganised.confirmed(paid, 101, own()).spendable(102)) == [900]


def test_a_transaction_of_ours_that_others_can_replace_is_doubtful() -> None:
    """A sweep of an output that the counterparty could take, too."""
    sweep = spending(OutPoint(bytes(32), 3), value=900)
    ledger = Ledger().unconfirmed(sweep, own(), ours=False)
    assert ledger.spendable(101) == ()


def test_a_block_that_leaves_takes_its_confirmations_only() -> None:
    paid, later = from_outside(1_000), from_outside(2_000, at=1)
    sent = spending(paid.outpoint(0), value=900)
    ledger = Ledger().confirmed(paid, 100, own())
    ledger = ledger.confirmed(later, 101, own()).confirmed(sent, 101, own())
    assert ledger.balance() == balance(confirmed=2_900)
    ledger = ledger.disconnected(101)
    assert ledger.balance() == balance(pending=2_900)
    ledger = ledger.disconnected(100)
    assert ledger.balance() == balance(pending=2_900)
    assert ledger.spendable(101) == ()


def test_a_coinbase_does_not_wait_when_its_block_leaves() -> None:
    reward = Tx(2, (TxIn(OutPoint(bytes(32), 0xFFFF_FFFF)),), (TxOut(Sat(5_000), receiving()),))
    ledger = Ledger().confirmed(reward, 100, own())
    [coin] = ledger.coins()
    assert coin.coinbase
    assert ledger.spendable(199) == ()
    assert ledger.spendable(200) == (coin,)
    spent = ledger.unconfirmed(spending(coin.outpoint, value=4_000), own(), ours=True)
    assert ledger.disconnected(100) == Ledger()
    assert spent.disconnected(100) == Ledger()


def test_a_rival_in_a_block_wins_and_takes_descendants_down() -> None:
    paid = from_outside(1_000)
    sent, rival = (spending(paid.outpoint(0), value=value) for value in (900, 800))
    child = spending(sent.outpoint(0), value=700)
    ledger = Ledger().confirmed(paid, 100, own())
    waiting = ledger.unconfirmed(sent, own(), ours=True).unconfirmed(child, own(), ours=True)
    assert waiting.balance() == balance(pending=700)
    settled = waiting.confirmed(rival, 101, own())
    assert settled.balance() == balance(confirmed=800)
    assert [row.txid for row in settled.txs] == [paid.txid, rival.txid]
    # What came too late is not believed.
    assert settled.unconfirmed(sent, own(), ours=True) == settled


def test_a_rival_of_others_in_a_block_ends_what_waits() -> None:
    source = OutPoint(sha256(b"a channel"), 0)
    close = Tx(2, (TxIn(source),), (TxOut(Sat(500), receiving(0)),))
    child = spending(close.outpoint(0), value=400)
    ledger = Ledger().unconfirmed(close, own(), ours=False).unconfirmed(child, own(), ours=False)
    assert ledger.balance() == balance(pending=400)
    theirs = Tx(2, (TxIn(source),), (TxOut(Sat(500), SHOP),))
    assert not ledger.confirmed(theirs, 100, own()).txs


def test_a_replacement_takes_the_place_of_what_it_replaces() -> None:
    """Also of a sweep, whose input was never a coin of the wallet."""
    first, second = (spending(OutPoint(bytes(32), 3), value=value) for value in (900, 850))
    ledger = Ledger().unconfirmed(first, own(), ours=False)
    ledger = ledger.unconfirmed(second, own(), ours=False)
    assert ledger.balance() == balance(pending=850)


def test_what_is_abandoned_gives_its_coins_back() -> None:
    paid = from_outside(1_000)
    sent = spending(paid.outpoint(0), value=900)
    child = spending(sent.outpoint(0), value=800)
    ledger = Ledger().confirmed(paid, 100, own())
    waiting = ledger.unconfirmed(sent, own(), ours=True).unconfirmed(child, own(), ours=True)
    assert waiting.abandoned(sent.txid) == ledger
    assert waiting.abandoned(paid.txid) == waiting  # it is confirmed
    assert waiting.abandoned(bytes(32)) == waiting


# -- reservations


def test_a_reserved_coin_is_there_but_not_spendable() -> None:
    ledger = Ledger().confirmed(from_outside(1_000, outputs=3), 100, own())
    coins = ledger.spendable(101)
    kept = ledger.reserve(coins[:2], b"channel")
    assert kept.spendable(101) == coins[2:]
    assert kept.balance() == balance(confirmed=3_000, reserved=2_000)
    assert {coin.reserved_for for coin in kept.coins()} == {b"channel", b""}
    assert kept.release(b"another") == kept
    assert kept.release(b"channel") == ledger


def test_a_coin_is_reserved_once_and_for_something() -> None:
    ledger = Ledger().confirmed(from_outside(1_000), 100, own())
    kept = ledger.reserve(ledger.coins(), b"channel")
    with pytest.raises(AssertionError):
        kept.reserve(ledger.coins(), b"another")
    with pytest.raises(AssertionError):
        ledger.reserve(ledger.coins(), b"")


def test_a_reservation_ends_when_the_coin_is_spent_or_vanishes() -> None:
    paid = from_outside(1_000, outputs=2)
    ledger = Ledger().confirmed(paid, 100, own())
    kept = ledger.reserve(ledger.coins(), b"channel")
    spent = kept.unconfirmed(spending(paid.outpoint(0), value=900), own(), ours=True)
    assert [kept.outpoint for kept in spent.reservations] == [paid.outpoint(1)]
    rival = Tx(2, paid.inputs, (TxOut(Sat(5), receiving()),))
    assert kept.disconnected(100).confirmed(rival, 100, own()).reservations == ()


# -- history


def test_history_says_what_changed_and_what_it_cost() -> None:
    paid = from_outside(1_000)
    sent = Tx(2, (TxIn(paid.outpoint(0)),), (TxOut(Sat(300), SHOP), TxOut(Sat(600), change())))
    sweep = spending(OutPoint(bytes(32), 3), value=250)
    ledger = Ledger().confirmed(paid, 100, own())
    ledger = ledger.unconfirmed(sent, own(), ours=True, label="to a shop")
    ledger = ledger.unconfirmed(sweep, own(), ours=False, fee=Sat(9), label="sweep")
    found = [(one.row, one.change_sat, one.fee) for one in ledger.history()]
    assert [(row.txid, sat, fee, row.height, row.label) for row, sat, fee in found] == [
        (sweep.txid, 250, Sat(9), None, "sweep"),
        (sent.txid, -400, Sat(100), None, "to a shop"),
        (paid.txid, 1_000, ZERO_SAT, 100, ""),
    ]
    ledger = ledger.confirmed(sweep, 101, own()).confirmed(sent, 102, own())
    assert [one.row.height for one in ledger.history()] == [102, 101, 100]
    assert [one.row.label for one in ledger.history()] == ["to a shop", "sweep", ""]


def test_a_part_of_the_history_is_as_in_the_whole() -> None:
    paid = from_outside(1_000, outputs=2)
    sent = spending(paid.outpoint(0), paid.outpoint(1), value=1_500)
    child = spending(sent.outpoint(0), value=1_200)
    ledger = Ledger().confirmed(paid, 100, own())
    ledger = ledger.unconfirmed(sent, own(), ours=True).unconfirmed(child, own(), ours=True)
    assert [row.txid for row in ledger.newest_first()] == [child.txid, sent.txid, paid.txid]
    for first in range(3):
        rows = ledger.newest_first()[first : first + 1]
        assert ledger.entries(rows) == ledger.history()[first : first + 1]


def test_the_time_of_a_block_stays_until_the_block_leaves() -> None:
    paid = from_outside(1_000)
    ledger = Ledger().unconfirmed(paid, own(), ours=False)
    assert ledger.txs[0].time == 0
    ledger = ledger.confirmed(paid, 100, own(), 1_700_000_000)
    assert ledger.txs[0].time == 1_700_000_000
    assert ledger.confirmed(paid, 100, own()) == ledger
    assert ledger.disconnected(100).txs[0].time == 0
    again = ledger.disconnected(100).confirmed(paid, 101, own(), 1_700_000_600)
    assert (again.txs[0].height, again.txs[0].time) == (101, 1_700_000_600)


# -- frozen coins


def test_a_frozen_coin_is_there_but_not_spendable() -> None:
    ledger = Ledger().confirmed(from_outside(1_000, outputs=3), 100, own())
    first, *others = ledger.spendable(101)
    frozen = ledger.freeze(first.outpoint)
    assert list(frozen.spendable(101)) == others
    assert [coin.frozen for coin in frozen.coins()] == [True, False, False]
    assert frozen.balance() == Balance(Sat(3_000), ZERO_SAT, ZERO_SAT, frozen=Sat(1_000))
    assert frozen.freeze(first.outpoint) == frozen
    assert frozen.thaw(first.outpoint) == ledger
    assert ledger.thaw(first.outpoint) == ledger


def test_only_a_coin_that_is_there_can_be_frozen() -> None:
    with pytest.raises(AssertionError):
        Ledger().freeze(OutPoint(bytes(32), 0))


def test_a_coin_stays_frozen_through_a_reorganisation_and_is_so_no_more_when_it_is_gone() -> None:
    paid = from_outside(1_000, outputs=2)
    ledger = Ledger().confirmed(paid, 100, own()).freeze(paid.outpoint(0))
    moved = ledger.disconnected(100).confirmed(paid, 101, own())
    assert moved.frozen == (paid.outpoint(0),)
    spent = ledger.confirmed(spending(paid.outpoint(0), value=900), 101, own())  # elsewhere
    assert spent.frozen == ()
    rival = Tx(2, paid.inputs, (TxOut(Sat(5), receiving()),))
    assert ledger.disconnected(100).confirmed(rival, 100, own()).frozen == ()


def test_the_frozen_change_of_a_funding_pays_for_no_child() -> None:
    paid = from_outside(1_000)
    sent = spending(paid.outpoint(0), value=900)
    ledger = Ledger().confirmed(paid, 100, own()).unconfirmed(sent, own(), ours=True)
    assert ledger.change_of(sent.txid) is not None
    assert ledger.freeze(sent.outpoint(0)).change_of(sent.txid) is None


def test_history_adds_up_to_the_balance() -> None:
    paid = from_outside(1_000, outputs=3)
    ledger = Ledger().confirmed(paid, 100, own())
    for value in (900, 1_500):
        coins = ledger.coins()[: 1 + (value > 1_000)]
        tx = spending(*(coin.outpoint for coin in coins), value=value)
        ledger = ledger.unconfirmed(tx, own(), ours=True)
    whole = ledger.balance().confirmed + ledger.balance().pending
    assert sum(entry.change_sat for entry in ledger.history()) == whole.value


# -- anything can happen

ROOTS = [from_outside(1_000 + at, at=at, outputs=2) for at in range(3)]
SPENDS = [spending(root.outpoint(0), value=900 + version) for root in ROOTS for version in range(2)]
CHILDREN = [
    spending(parent.outpoint(0), ROOTS[at // 2].outpoint(1), value=1_700)
    for at, parent in enumerate(SPENDS)
]
ALL = [*ROOTS, *SPENDS, *CHILDREN]
OURS = {tx.txid for tx in (*SPENDS, *CHILDREN)}


def joins(tx: Tx, chain: list[tuple[Tx, ...]]) -> bool:
    """Whether a block on top of `chain` may hold it."""
    mined = [known for block in chain for known in block]
    spent = {txin.outpoint for known in mined for txin in known.inputs}
    made = {known.txid for known in mined}
    missing = {known.txid for known in ALL} - made
    inputs = {txin.outpoint for txin in tx.inputs}
    return tx.txid in missing and not inputs & spent and not {i.txid for i in inputs} & missing


@given(data=st.data())
def test_vuln_041_any_reorganisation_ends_as_a_replay_of_the_winning_chain(
    data: st.DataObject,
) -> None:
    """LDK 0.2.5 panicked when a block left while its bookkeeping of batches was under way."""
    ledger, chain = Ledger(), list[tuple[Tx, ...]]()
    for _ in range(data.draw(st.integers(1, 12))):
        actions = ["block", "block", "disconnect", "unconfirmed", "freeze", "replace"]
        action = data.draw(st.sampled_from(actions))
        if action == "disconnect" and chain:
            event("a block leaves")
            chain.pop()
            ledger = ledger.disconnected(len(chain))
        elif action == "unconfirmed":
            tx = data.draw(st.sampled_from(ALL))
            ledger = ledger.unconfirmed(tx, own(), ours=tx.txid in OURS)
        elif action == "replace":
            waiting = {row.txid for row in ledger.txs if row.ours and row.height is None}
            if before := [at for at, tx in enumerate(SPENDS) if tx.txid in waiting]:
                event("a version more")
                at = data.draw(st.sampled_from(before))
                ledger = ledger.replaced(SPENDS[at].txid, SPENDS[at ^ 1], own())
        elif action == "freeze":
            if coins := ledger.coins():
                ledger = ledger.freeze(data.draw(st.sampled_from(coins)).outpoint)
        else:
            block: tuple[Tx, ...] = ()
            for tx in data.draw(st.lists(st.sampled_from(ALL), max_size=5)):
                if joins(tx, [*chain, block]):
                    block = (*block, tx)
                    ledger = ledger.confirmed(tx, len(chain), own())
            chain.append(block)
        expect_consistent(ledger)
    replayed = Ledger()
    for height, mined in enumerate(chain):
        for tx in mined:
            replayed = replayed.confirmed(tx, height, own())
    for row in ledger.txs:
        ledger = ledger.abandoned(row.txid)
    for outpoint in ledger.frozen:
        ledger = ledger.thaw(outpoint)
    assert set(ledger.coins()) == set(replayed.coins())
    assert ledger.balance() == replayed.balance()


def expect_consistent(ledger: Ledger) -> None:
    """Stored and read it is the same; no output is spent twice; all that is spendable is sure."""
    assert decode(encode(ledger), Ledger) == ledger
    spent = [txin.outpoint for row in ledger.txs for txin in row.tx.inputs]
    assert len(spent) == len(set(spent))
    assert all(coin.certain for coin in ledger.spendable(1_000))
    assert set(ledger.frozen) == {coin.outpoint for coin in ledger.coins() if coin.frozen}
    whole = ledger.balance()
    assert whole.confirmed + whole.pending == sum((c.value for c in ledger.coins()), ZERO_SAT)


# -- on a real chain


def test_a_life_on_chain(purse: Purse) -> None:
    """Received, paid, change of change in one mempool, all of it confirmed, the rest sent away."""
    bench = purse.bench
    purse.receive(100_000, 50_000)
    purse.receive(7_000, mined=False)
    assert purse.ledger.balance() == balance(confirmed=150_000, pending=7_000)
    for step in range(3):
        conditions = Conditions(500, bench.chain.height, bytes([step]) * 32)
        paid = [TxOut(Sat(20_000), SHOP)]
        purse.send(build_payment(purse.coins(), paid, change(step), conditions))
    fees = sum(entry.fee.value for entry in purse.ledger.history())
    left = 150_000 + 7_000 - 3 * 20_000 - fees
    whole = purse.ledger.balance()
    assert (whole.confirmed + whole.pending).value == left
    purse.mine()
    assert purse.ledger.balance() == balance(confirmed=left)
    conditions = Conditions(500, bench.chain.height, bytes(32))
    built = build_send_all(purse.coins(), SHOP, conditions)
    purse.send(built)
    purse.mine()
    assert purse.ledger.balance() == balance()
    assert built.tx.outputs[0].value.value == left - built.fee.value


def test_a_reorganisation_on_chain(purse: Purse) -> None:
    paid = purse.receive(100_000)
    height = purse.bench.chain.height
    purse.bench.chain.drop(1)
    purse.ledger = purse.ledger.disconnected(height)
    assert purse.ledger.balance() == balance(pending=100_000)
    assert purse.coins() == ()
    purse.mine()
    purse.mine()
    assert purse.bench.chain.height_of(paid.txid) == height
    assert purse.ledger.balance() == balance(confirmed=100_000)


def test_what_waits_and_spends_something_names_its_coins() -> None:
    """An HTLC transaction: the channel's output, and two coins of ours beside it."""
    paid, htlc = from_outside(1_000, outputs=2), OutPoint(bytes([7] * 32), 3)
    coins = paid.outpoint(1), paid.outpoint(0)
    ledger = Ledger().confirmed(paid, 100, own())
    assert ledger.waiting_for(htlc) is None
    waits = ledger.unconfirmed(spending(htlc, *coins, value=2_500), own(), ours=False)
    row = waits.waiting_for(htlc)
    assert row is not None
    assert row == waits.waiting_for(coins[0])
    assert [coin.outpoint for coin in waits.spent_by(row)] == list(coins)
    assert all(coin.height == 100 for coin in waits.spent_by(row))
    assert waits.spendable(102) == ()  # neither the coins nor the change, which the peer can undo
    again = waits.unconfirmed(spending(htlc, *coins, value=2_400), own(), ours=False)
    assert [row.tx.outputs[0].value for row in again.txs[1:]] == [Sat(2_400)]
    assert again.confirmed(again.txs[1].tx, 102, own()).waiting_for(htlc) is None


# -- a long past
def passed_on(count: int) -> Ledger:
    """So many transactions in blocks, each of which spends the one before."""
    tx = from_outside(1_000_000)
    ledger = Ledger().confirmed(tx, 1, own())
    for at in range(1, count):
        tx = spending(tx.outpoint(0), value=1_000_000 - at)
        ledger = ledger.confirmed(tx, at + 1, own())
    return ledger


def of_all(ledger: Ledger) -> object:
    """What is asked again and again between two blocks."""
    newest = ledger.txs[-1]
    return (
        ledger.balance(),
        ledger.spendable(10_000),
        ledger.waiting_for(newest.tx.outpoint(0)),
        ledger.spent_by(newest),
        ledger.entries([newest]),
        ledger.find(newest.txid),
    )


def test_what_was_asked_before_is_not_walked_through_again() -> None:
    short, long = passed_on(20), passed_on(400)
    assert steps(lambda: of_all(long)) == steps(lambda: of_all(short))


def test_a_transaction_more_is_noted_without_a_walk_through_the_past() -> None:
    paid = from_outside(5_000, at=7)
    short, long = passed_on(20), passed_on(400)

    def noted(ledger: Ledger) -> int:
        return steps(lambda: ledger.confirmed(paid, 500, own()))

    assert noted(long) == noted(short)
