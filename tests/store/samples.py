"""One value of every stored type with every field set, by type and version."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.drill import CaughtView, DrillsView, DrillView, RehearsalView
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.address_book import Known, Memory
from lnwallet_tui.chain.feerates import BlockFees
from lnwallet_tui.chain.watch import Watch
from lnwallet_tui.channel.backup import BackedUp, Backup
from lnwallet_tui.channel.close_record import CloseRecord, PendingHtlc
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.coins.coin import KeyPath
from lnwallet_tui.coins.ledger import Ledger, OwnOutput, Reservation, WalletTx
from lnwallet_tui.onchain.bundle import BundledOutput, BundledState
from lnwallet_tui.store.backup_taken import BackupTaken
from lnwallet_tui.store.block_fees import BlocksTook
from lnwallet_tui.store.bundle_file import BundledChannel, BundleHeader
from lnwallet_tui.store.chain import FactRow
from lnwallet_tui.store.closes import Close, Offered
from lnwallet_tui.store.headers import HeadersMark
from lnwallet_tui.store.inbox import Entry
from lnwallet_tui.store.late import LateHtlc, LateHtlcs
from lnwallet_tui.store.life import Life
from lnwallet_tui.store.look_behind import FoundRow, LookBehind, Place
from lnwallet_tui.store.marks import Mark, Marked
from lnwallet_tui.store.notes import Note
from lnwallet_tui.store.peers import PeerRecord
from lnwallet_tui.store.second_place import SecondPlace
from lnwallet_tui.store.spares import SpareNumber, SpareNumbers, SpareScript, SpareScripts
from lnwallet_tui.store.updates import PeerPolicy
from tests.store.test_payments import ANSWERED, INCOMING, OUTGOING, UNASKED

_OUTPOINT = OutPoint(b"\x0a" * 32, 3)
_TX = Tx(2, (TxIn(_OUTPOINT, witness=(b"sig",)),), (TxOut(Sat(1_000), b"\x51"),), 7)
_PENDING = PendingHtlc(htlc_id=7, outgoing=True, amount=Msat(12_345), cltv_expiry=976_110)

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

_POINTS = Basepoints(*(bytes([2, one]) + bytes(31) for one in range(5)))
_BACKED_UP = BackedUp(
    life=b"\x0e" * 8,
    number=7,
    salt=b"\x0f" * 32,
    peer_id=b"\x02" * 33,
    addresses=("localhost:9735", "peer.example:9735"),
    outpoint=_OUTPOINT,
    value=Sat(1_000_000),
    begun=976_000,
    we_fund=True,
    channel_type=b"\x40\x10\x00",
    their_basepoints=_POINTS,
    our_delay=144,
    their_delay=2_016,
    our_script=b"\x00\x14" + bytes(20),
    their_script=b"\x51",
)

SAMPLES: dict[str, object] = {
    "bundle-header-1": BundleHeader(
        Network.SIGNET,
        1_796_000_000,
        ((976_110, b"\x0d" * 32),),
        (
            BundledChannel(
                "03abcdef", _OUTPOINT, b"\x00\x20" + bytes(32), b"\x51", 2_016, True, 9, 8, 8
            ),
        ),
    ),
    "bundle-state-1": BundledState(
        7,
        b"\x0c" * 32,
        b"\x02" * 33,
        (BundledOutput(1, Sat(1_000), b"\x63", True, b"\x0f" * 32),),
        b"\x0b" * 64,
    ),
    "spare-numbers-1": SpareNumbers((SpareNumber(7, b"\x02" * 33), SpareNumber(3, b"\x03" * 33))),
    "spare-scripts-1": SpareScripts(
        (SpareScript(_PATH), SpareScript(KeyPath(False, 3, taproot=True), exported=True))
    ),
    "life-1": Life(b"\x0e" * 8),
    "mark-1": Mark(b"\x0f" * 8, {b"\x10" * 32: 57, b"\x11" * 32: 1}),
    "marked-1": Marked(b"\x0f" * 8, (0, 3), (3,)),
    "second-place-1": SecondPlace("/media/stick"),
    "backup-1": Backup(
        network=Network.SIGNET, time=1_796_000_000, height=976_110, channels=(_BACKED_UP,)
    ),
    "outgoing-payment-1": OUTGOING,
    "outgoing-payment-without-invoice-1": UNASKED,
    "outgoing-payment-with-failure-1": ANSWERED,
    "incoming-invoice-1": INCOMING,
    "peer-1": PeerRecord(
        node_id=b"\x02" * 33,
        address="localhost:9735",
        named=True,
        alias=Untrusted("Ada"),
        features=b"\x02\xaa",
        last_error=Untrusted("no"),
    ),
    "peer-with-complaints-1": PeerRecord(
        node_id=b"\x03" * 33,
        complaints=((b"\x04" * 32, Untrusted("funding is spent")), (b"\x05" * 32, Untrusted("no"))),
    ),
    "peer-policy-1": PeerPolicy(1, 40, Msat(1), Msat(2), Msat(3), 4, True),
    "headers-mark-1": HeadersMark(7, b"\x0d" * 32, (1 << 99).to_bytes(32, "big"), b"\x0e" * 80),
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
    "late-htlcs-1": LateHtlcs((LateHtlc(outgoing=True, htlc_id=7, told=1_790_000_000),)),
    "inbox-entry-1": Entry(
        time=1_700_000_000,
        kind=InboxKind.RECEIVED,
        text="You received 5 sat.",
        remedy="Be glad.",
        urgent=True,
        subject="payment in 0505",
        channel_id=b"\x0c" * 32,
        payment_hash=b"\x05" * 32,
    ),
    "inbox-entry-final-1": Entry(
        time=1_700_000_000,
        kind=InboxKind.BREACH,
        text="It cheated.",
        remedy="",
        urgent=True,
        subject="close 0c0c",
        channel_id=b"\x0c" * 32,
        final_at=976_120,
        details="Of its 5 sat: 5 sat came to the wallet.",
    ),
    "ledger-1": _LEDGER,
    "ledger-frozen-1": replace(
        _LEDGER, txs=(replace(_ROW, time=1_790_000_000),), frozen=(_TX.outpoint(0),)
    ),
    "ledger-versions-1": replace(_LEDGER, txs=(replace(_ROW, versions=(b"\x0b" * 32,)),)),
    "ledger-taproot-1": replace(
        _LEDGER, txs=(replace(_ROW, own_outputs=(OwnOutput(0, KeyPath(True, 7, taproot=True)),)),)
    ),
    "watch-1": Watch(_OUTPOINT, b"\x00\x20", _OUTPOINT, generations=2, since=9),
    "close-1": Close(
        script=b"\x00\x14" + bytes(20),
        offered=(Offered(_OUTPOINT, 253, Sat(400), b"\x0b" * 32, 2),),
        said=("It was closed.",),
    ),
    "close-since-1": Close(
        script=b"\x00\x14" + bytes(20),
        offered=(Offered(_OUTPOINT, 253, Sat(400), b"\x0b" * 32, 2, since=976_120),),
    ),
    "close-told-1": Close(
        script=b"\x00\x14" + bytes(20),
        told=(Offered(_OUTPOINT, 253, Sat(400), b"\x0b" * 32, 2),),
    ),
    "close-record-1": CloseRecord(
        began=CloseBegan.DEADLINE,
        height=976_120,
        time=1_790_000_000,
        ours=Msat(600_000_001),
        theirs=Msat(400_000_002),
        htlcs=(_PENDING,),
        peer_online=True,
        feerate_per_kw=2_500,
        soon_per_kw=3_000,
        our_number=41,
        their_revoked=40,
        fault="the secret was wrong",
        said=Untrusted("no"),
        deadline=_PENDING,
    ),
    "chain-peers-1": Memory(
        tried=(
            Known(
                "20.0.0.1:8333",
                services=0x449,
                worked_at=1_790_000_000,
                latency_ms=40,
                failed_at=1_790_000_060,
                failures=2,
                rests_until=1_790_000_300,
            ),
        ),
        heard=(Known("[2600:1::1]:8333", "20.0/16", services=0x49),),
        banned=(("20.7.0.1", 1_790_086_400),),
        refused=(("20.8.0.1:8333", 1_790_604_800),),
    ),
    "block-fees-1": BlocksTook((BlockFees(900_000, 1_790_000_000, 2_500),)),
    "look-behind-1": LookBehind((b"\x00\x14" + b"\x07" * 20,)),
    "look-behind-place-1": Place(
        scripts=(b"\x00\x14" + b"\x07" * 20,),
        height=900_000,
        block_hash=b"\x0b" * 32,
        found=(FoundRow(899_999, 1_790_000_000, FactRow("Spent", _OUTPOINT, _OUTPOINT, b"tx", 1)),),
    ),
    "backup-taken-1": BackupTaken(1_790_000_000),
    "fact-1": FactRow("Spent", _OUTPOINT, _OUTPOINT, _TX.serialize(), 1),
}
