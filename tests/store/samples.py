"""One value of every stored type with every field set, by type and version."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.drill import CaughtView, DrillsView, DrillView, RehearsalView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.watch import Watch
from lnwallet_tui.coins.coin import KeyPath
from lnwallet_tui.coins.ledger import Ledger, OwnOutput, Reservation, WalletTx
from lnwallet_tui.store.chain import FactRow
from lnwallet_tui.store.closes import Close, Offered
from lnwallet_tui.store.notes import Note
from lnwallet_tui.store.peers import PeerRecord
from lnwallet_tui.store.updates import PeerPolicy
from tests.store.test_payments import INCOMING, OUTGOING, UNASKED

_OUTPOINT = OutPoint(b"\x0a" * 32, 3)
_TX = Tx(2, (TxIn(_OUTPOINT, witness=(b"sig",)),), (TxOut(Sat(1_000), b"\x51"),), 7)

_PATH = KeyPath(True, 7)
_ROW = WalletTx(
    txid=_TX.txid,
    tx=_TX,
    height=9,
    ours=True,
    own_outputs=(OwnOutput(0, _PATH),),
    fee=Sat(5),
    label="opens a channel",
)
_LEDGER = Ledger((_ROW,), (Reservation(_OUTPOINT, b"opening"),))

SAMPLES: dict[str, object] = {
    "outgoing-payment-1": OUTGOING,
    "outgoing-payment-without-invoice-1": UNASKED,
    "incoming-invoice-1": INCOMING,
    "peer-1": PeerRecord(
        node_id=b"\x02" * 33,
        address="localhost:9735",
        named=True,
        alias=Untrusted("Ada"),
        features=b"\x02\xaa",
        last_error=Untrusted("no"),
    ),
    "peer-policy-1": PeerPolicy(1, 40, Msat(1), Msat(2), Msat(3), 4, True),
    "note-1": Note(Untrusted("Rent of May")),
    "drills-1": DrillsView(
        drill=DrillView(
            happened=1_790_000_000,
            seed=7,
            caught=(
                CaughtView(
                    channel_type="anchors",
                    old_state=1,
                    htlcs=1,
                    blocks=1,
                    penalty_sat=995_551,
                    fee_sat=3_380,
                    height=118,
                ),
            ),
            failure="It was late.",
        ),
        rehearsal=RehearsalView(
            happened=1_790_000_001,
            channels=2,
            revoked=12,
            tried=12,
            inputs=30,
            verified_by="the engine",
            failure="An output was left.",
        ),
    ),
    "ledger-1": _LEDGER,
    "ledger-frozen-1": replace(
        _LEDGER, txs=(replace(_ROW, time=1_790_000_000),), frozen=(_TX.outpoint(0),)
    ),
    "watch-1": Watch(_OUTPOINT, b"\x00\x20", _OUTPOINT, generations=2, since=9),
    "close-1": Close(
        script=b"\x00\x14" + bytes(20),
        offered=(Offered(_OUTPOINT, 253, Sat(400), b"\x0b" * 32, 2),),
        said=("It was closed.",),
    ),
    "fact-1": FactRow("Spent", _OUTPOINT, _OUTPOINT, _TX.serialize(), 1),
}
