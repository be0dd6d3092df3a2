"""What the screen may ask of the playground's world: time, people, mischief. Absent on a real
network."""

from __future__ import annotations

import enum
from typing import Protocol

import msgspec

from lnwallet_tui.api.refusals import Refused


class Person(msgspec.Struct, frozen=True):
    """Somebody who lives in the playground. `uri` is what one pastes to open a channel to them,
    `channels_to_shop` how many channels it takes from them to the shop at least; -1: no way."""

    name: str
    role: str  # "relay", "neighbour", "shop", "slow", "cheat"
    story: str  # one sentence: who they are, what one can do with them
    uri: str
    channels_to_shop: int = -1


class HopSight(msgspec.Struct, frozen=True, kw_only=True):
    """What one node could see of a payment: the HTLC that its neighbour offered it, and the one
    layer of the onion that its key opens. Nothing in here is known from elsewhere.

    Heights are blocks. `outgoing_channel`, `forward_msat` and `forward_expiry_height` say what it
    was told to do, empty, 0 and 0 where it was told nothing; `to_name` is the neighbour behind that
    channel, empty where it has no such channel. `is_last`: the onion ends here, so it
    is the payee; only then `total_msat` is told, what all parts together bring.
    """

    name: str
    payment_hash: str
    from_name: str
    incoming_channel: str  # short channel id
    amount_msat: int
    expiry_height: int
    payload: str  # the layer's TLV stream, hex
    outgoing_channel: str = ""  # short channel id, or the alias that stands for it
    to_name: str = ""
    forward_msat: int = 0
    forward_expiry_height: int = 0
    is_last: bool = False
    total_msat: int = 0


class Spending(enum.Enum):
    """What a transaction takes from the wallet or a channel of it."""

    CLOSE = "close"  # by the wallet, or agreed by both
    THEIR_CLOSE = "their close"
    CHEAT = "cheat"  # an old state that the peer publishes
    PENALTY = "penalty"  # ours, of what a cheat published
    HOME = "home"  # ours, of another close
    THEIRS = "theirs"  # what the peer takes of a close
    COINS = "coins"  # the wallet pays somebody, or itself; no channel of its own


class SpendingSight(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction, in no block yet, that spends from the wallet or a channel of it. Whoever looks
    into the world's mempool sees it; the wallet may not know of it yet. `peer` is a person's name;
    it and the channel are empty where the wallet spends its coins."""

    txid: str
    what: Spending
    channel_id: str = ""
    peer: str = ""


class WorldApi(Protocol):
    """The playground's own controls; every one returns when the world has come to rest."""

    def people(self) -> tuple[Person, ...]: ...
    def height(self) -> int:
        """The newest block's."""
        ...

    def now(self) -> int:
        """What the world's clock says, in Unix seconds."""
        ...

    async def mine(self, blocks: int = 1) -> int:
        """Mine; returns the new height."""
        ...

    async def mine_until_something_happens(self, most: int = 2100) -> int:
        """Mine until a channel, payment or balance of the wallet changes, or a block takes one of
        `spendings`; returns the height."""
        ...

    async def skip_day(self) -> int:
        """Mine a day's worth of blocks (144)."""
        ...

    def halt(self) -> None:
        """End the mining that is under way after the block it is at."""
        ...

    async def reorg(self, depth: int = 1) -> int:
        """Replace the newest `depth` blocks by `depth + 1` others."""
        ...

    async def invoice_of(self, name: str, amount_msat: int | None, note: str) -> str | Refused:
        """Ask anybody for an invoice to pay."""
        ...

    def hops(self, payment_hash: str) -> tuple[HopSight, ...]:
        """What each node on the way of a payment could see, in the order in which it came, of all
        parts and attempts; of this visit only."""
        ...

    def spendings(self) -> tuple[SpendingSight, ...]:
        """What waits for a block and spends from the wallet or its channels, whosever it is."""
        ...

    def notes(self) -> frozenset[str]:
        """What the screen noted, on this visit or an earlier one."""
        ...

    def note(self, words: frozenset[str]) -> None:
        """Have the world remember these instead."""
        ...

    async def have_them_open(self, name: str, amount_sat: int) -> str | Refused:
        """A person opens a channel to the wallet (so that it can be paid); returns the channel
        id."""
        ...

    async def have_them_pay(
        self, name: str, invoice: str, amount_msat: int | None = None
    ) -> str | Refused:
        """A person pays the wallet's invoice, with this amount where it leaves that open; returns
        the preimage."""
        ...

    async def have_them_cheat(self, name: str) -> str | Refused:
        """The person publishes an old, revoked state of their channel with us; returns its txid."""
        ...

    async def have_them_vanish(self, name: str, gone: bool) -> None:
        """A person goes offline, or comes back."""
        ...
