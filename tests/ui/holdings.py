"""Trees of holdings as a node would hand them out; every sum is made here, so it is right."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from lnwallet_tui.api.holdings import HoldingKind, HoldingsView, HoldingView
from lnwallet_tui.api.untrusted import Untrusted
from tests.ui import views

K = HoldingKind
BLOCK: Final = 600


def leaf(kind: HoldingKind, amount_sat: int, *, blocks: int = 0, **more: object) -> HoldingView:
    """One that holds no others; it waits for so many blocks."""
    view = HoldingView(
        kind=kind,
        name=kind.value,
        amount_msat=amount_sat * 1000,
        explanation=f"What {kind.value} is.",
        until_height=views.HEIGHT + blocks if blocks else 0,
        until_time=views.NOW + blocks * BLOCK if blocks else 0,
        channel_id=views.CHANNEL,
        peer_id=views.PEER,
    )
    return replace(view, **more)


def node(kind: HoldingKind, *children: HoldingView, **more: object) -> HoldingView:
    """One that holds these."""
    view = HoldingView(
        kind=kind,
        name=kind.value,
        amount_msat=sum(child.amount_msat for child in children),
        explanation=f"What is in {kind.value}.",
        children=children,
    )
    return replace(view, **more)


def coin(kind: HoldingKind, number: int, amount_sat: int, whole_sat: int = 0) -> HoldingView:
    """An output of the wallet, or a part of one."""
    return leaf(
        kind,
        amount_sat,
        name=f"coin {number}",
        txid=f"{number:064x}",
        vout=1,
        coin_sat=whole_sat or amount_sat,
        channel_id="",
        peer_id="",
        explanation="A coin of the wallet, confirmed in block 1,020. It can be spent now.",
    )


def channel(*children: HoldingView, peer_id: str = views.PEER) -> HoldingView:
    """What one channel has in a group."""
    return node(K.CHANNEL, *children, name=peer_id, channel_id=views.CHANNEL, peer_id=peer_id)


def htlc(number: int, amount_sat: int, words: str | bytes = "something nice") -> HoldingView:
    """A payment to the shop that is under way."""
    return leaf(
        K.HTLC,
        amount_sat,
        blocks=40 + number,
        name=f"htlc {number}",
        payment_hash=views.PAYMENT_HASH,
        payee=views.SHOP,
        words=Untrusted(words),
        explanation="A payment of yours under way through 02ababab. It cannot be taken back.",
    )


TOTAL: Final = node(
    K.TOTAL,
    node(K.SPENDABLE, leaf(K.CAN_SEND, 585_000), coin(K.COIN, 1, 800_000, 855_244)),
    node(
        K.RESERVED,
        channel(
            leaf(K.CHANNEL_RESERVE, 10_000),
            leaf(K.COMMITMENT_FEE, 1_810),
            leaf(K.ANCHORS, 660),
            leaf(K.FEE_BUFFER, 2_530),
        ),
    ),
    node(K.IN_FLIGHT, htlc(0, 12_345)),
    node(K.OPENING, leaf(K.FUNDING, 300_000, blocks=2, txid="44" * 32)),
    node(
        K.CLOSING,
        channel(
            leaf(K.DELAYED, 187_655, blocks=720, txid="55" * 32, vout=2),
            leaf(K.HTLC_ON_CHAIN, 4_000, blocks=90, txid="55" * 32, vout=0),
            leaf(K.SWEEP, 33_000, txid="66" * 32),
            peer_id=views.SHOP,
        ),
    ),
    node(K.UNCONFIRMED, coin(K.COIN_UNCONFIRMED, 2, 7_756)),
    node(K.BUMP_RESERVE, coin(K.COIN_KEPT, 1, 55_244, 855_244)),
    explanation="Everything that is yours, in channels and on chain.",
)
WRITTEN_OFF: Final = node(
    K.WRITTEN_OFF,
    channel(
        leaf(K.CLOSE_FEE, 1_810, txid="55" * 32),
        leaf(K.ANCHORS_LEFT, 660, txid="55" * 32),
        leaf(K.TRIMMED, 300, txid="55" * 32),
        peer_id=views.SHOP,
    ),
)
HOLDINGS: Final = HoldingsView(total=TOTAL, written_off=WRITTEN_OFF)
EMPTY: Final = HoldingsView(
    total=node(K.TOTAL, explanation="The wallet is empty."), written_off=node(K.WRITTEN_OFF)
)


def many(count: int) -> HoldingsView:
    """A wallet of so many coins."""
    coins = (coin(K.COIN, number, 1_000 + number) for number in range(count))
    return replace(HOLDINGS, total=node(K.TOTAL, node(K.SPENDABLE, *coins)))
