"""How far a transaction has come: told, fetched, seen elsewhere, decided by a block."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.chain.broadcasts import Broadcast, Decided, Names, Stage

FUNDING = OutPoint(b"\x0f" * 32, 0)
FEES = OutPoint(b"\x0e" * 32, 3)


def spending(*outpoints: OutPoint, to: bytes = b"\x51") -> Tx:
    return Tx(2, tuple(TxIn(one, witness=(b"sig",)) for one in outpoints), (TxOut(Sat(9), to),))


OURS = spending(FUNDING, FEES)
NEW: Broadcast[str] = Broadcast(OURS)


def block(height: int, *txs: Tx) -> BlockConnected:
    return BlockConnected(height, bytes((height,)) * 32, bytes(32), 0, tuple(enumerate(txs)))


def gone(height: int) -> BlockDisconnected:
    return BlockDisconnected(height, bytes((height,)) * 32)


def test_from_nobody_to_a_block() -> None:
    assert NEW.stage is Stage.WAITING
    sent = NEW.after_telling(["alice", "bob"])
    assert (sent.stage, len(sent.sent)) == (Stage.SENT, 2)
    fetched = sent.after_fetching("bob")
    assert (fetched.stage, len(fetched.fetched)) == (Stage.FETCHED, 1)
    seen = fetched.after_announcement("carol")
    assert (seen.stage, len(seen.seen)) == (Stage.SEEN, 1)
    confirmed = seen.after_block(block(7, spending(OutPoint(b"\x01" * 32, 0)), OURS))
    assert confirmed.stage is Stage.CONFIRMED
    assert confirmed.decided == Decided(7, OURS.txid)


def test_what_a_peer_has_from_us_is_not_seen_when_it_announces_it() -> None:
    fetched = NEW.after_telling(["alice"]).after_fetching("alice")
    assert fetched.after_announcement("alice").stage is Stage.FETCHED
    told = NEW.after_telling(["alice", "bob"])
    assert told.after_announcement("bob").stage is Stage.SENT  # nobody repeats it who is honest
    assert told.after_announcement("carol").stage is Stage.SEEN


def test_one_peer_is_left_to_listen() -> None:
    assert NEW.whom_to_tell(["alice", "bob", "carol"]) == ("alice", "bob")
    told = NEW.after_telling(["alice", "bob"])
    assert told.whom_to_tell(["alice", "bob", "carol"]) == ()
    assert told.whom_to_tell(["alice", "bob", "carol", "dave"]) == ("carol",)
    assert told.after_announcement("carol").whom_to_tell(["alice", "carol", "dave"]) == ("dave",)


def test_a_peer_that_is_alone_is_told() -> None:
    assert NEW.whom_to_tell(["alice"]) == ("alice",)
    assert NEW.whom_to_tell([]) == ()
    assert NEW.after_telling(["alice"]).whom_to_tell(["bob"]) == ("bob",)


def test_once_a_block_came_without_it_all_are_told_again() -> None:
    sent = NEW.after_telling(["alice"]).after_fetching("alice").after_block(block(7))
    assert sent.stage is Stage.FETCHED
    assert sent.whom_to_tell(["alice", "bob"]) == ("alice", "bob")
    assert sent.after_telling(["alice", "bob"]).whom_to_tell(["alice", "bob"]) == ()


def test_a_block_without_it_does_not_tell_that_it_was_sent() -> None:
    assert NEW.after_block(block(7)).stage is Stage.WAITING


def test_another_transaction_took_what_it_spends() -> None:
    other = spending(FEES, to=b"\x52")
    lost = NEW.after_telling(["alice"]).after_block(block(7, other))
    assert lost.stage is Stage.CONFLICTED
    assert lost.decided == Decided(7, other.txid)
    assert lost.whom_to_tell(["alice", "bob"]) == ()


def test_with_another_witness_it_is_still_ours() -> None:
    again = OURS.with_witness(0, (b"another signature",))
    assert NEW.after_block(block(7, again)).stage is Stage.CONFIRMED


def test_a_block_that_leaves_takes_its_word_back() -> None:
    sent = NEW.after_telling(["alice"]).after_fetching("alice")
    for tx in (OURS, spending(FUNDING)):
        decided = sent.after_block(block(7, tx)).after_block(block(8))
        assert decided.after_block(gone(8)).decided == decided.decided
        back = decided.after_block(gone(8)).after_block(gone(7))
        assert back.stage is Stage.FETCHED
        assert back.whom_to_tell(["alice", "bob"]) == ("alice", "bob")


def test_peers_ask_by_wtxid_and_by_txid() -> None:
    child = spending(OURS.outpoint(0))
    names = Names.of((OURS, child))
    assert names.txid(child.wtxid, by_wtxid=True) == child.txid
    assert names.txid(OURS.txid, by_wtxid=False) == OURS.txid
    assert names.txid(OURS.txid, by_wtxid=True) is None
    assert names.txid(child.wtxid, by_wtxid=False) is None
    assert names.txid(bytes(32), by_wtxid=False) is None


BLOCKS = {"none": (), "ours": (OURS,), "other": (spending(FEES),)}


@given(st.lists(st.sampled_from(["none", "ours", "other", "leave"]), max_size=12))
def test_after_any_reorganisation_the_best_chain_has_the_last_word(steps: list[str]) -> None:
    """As if only the blocks that stayed had come."""
    under_way, chain = NEW.after_telling(["alice"]), list[str]()
    for step in steps:
        if step != "leave":
            chain.append(step)
            event: ChainEvent = block(len(chain), *BLOCKS[step])
        elif chain:
            event = gone(len(chain))
            chain.pop()
        else:
            continue
        under_way = under_way.after_block(event)
    deciding = [(at, name) for at, name in enumerate(chain, 1) if name != "none"]
    if not deciding:
        assert under_way.stage is Stage.SENT
        return
    at, name = deciding[0]
    assert under_way.decided == Decided(at, BLOCKS[name][0].txid)
