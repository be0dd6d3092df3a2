"""What an LDK process says: its events and the answers to requests. The twin of `events.mjs`.

Ids, hashes and scripts are hex in wire order.
"""

from __future__ import annotations

import msgspec


class Line(msgspec.Struct, frozen=True):
    """Any line: an event, or the answer to the request of that number."""

    event: str | None = None
    number: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: str | None = None


class Event(msgspec.Struct, frozen=True, tag_field="event", tag=True):
    """Something that LDK tells of itself."""


class Started(Event, frozen=True):
    """It listens. `wallet_script` is where its own coins are."""

    node_id: str
    port: int
    wallet_script: str


class Broadcast(Event, frozen=True):
    """Raw transactions to publish, as one package."""

    txs: tuple[str, ...]


class OpenChannelRequest(Event, frozen=True):
    temporary_channel_id: str
    funding_sat: int
    channel_type: str | None


class FundingGenerationReady(Event, frozen=True):
    """The channel wants to be funded with exactly this output."""

    temporary_channel_id: str
    funding_sat: int
    script: str


class Outpoint(msgspec.Struct, frozen=True):
    txid: str
    vout: int


class ChannelPending(Event, frozen=True):
    channel_id: str
    funding: Outpoint
    channel_type: str | None


class ChannelReady(Event, frozen=True):
    channel_id: str


class ChannelClosed(Event, frozen=True):
    """`reason` is LDK's name for it, `detail` what the peer or LDK said."""

    channel_id: str
    reason: str
    detail: str


class PaymentClaimable(Event, frozen=True):
    """`spontaneous`: no invoice asked for it."""

    payment_hash: str
    amount_msat: int
    preimage: str | None
    spontaneous: bool


class PaymentClaimed(Event, frozen=True):
    """`parts_msat`: of the HTLCs that brought it."""

    payment_hash: str
    amount_msat: int
    parts_msat: tuple[int, ...]


class PaymentForwarded(Event, frozen=True):
    """A payment of others has passed."""

    fee_msat: int | None


class PaymentSent(Event, frozen=True):
    payment_hash: str
    preimage: str
    fee_msat: int | None


class PaymentFailed(Event, frozen=True):
    payment_hash: str | None
    reason: str | None = None


class PaymentPathFailed(Event, frozen=True):
    payment_hash: str
    permanently: bool


class SpendableOutputs(Event, frozen=True):
    """Outputs of a closed channel that LDK may spend now; their sweep was broadcast."""

    kinds: tuple[str, ...]


class BumpTransaction(Event, frozen=True):
    """LDK added a fee: with an anchor's child, or with an input of its own."""

    kind: str


AnyEvent = (
    Started
    | Broadcast
    | OpenChannelRequest
    | FundingGenerationReady
    | ChannelPending
    | ChannelReady
    | ChannelClosed
    | PaymentClaimable
    | PaymentClaimed
    | PaymentForwarded
    | PaymentSent
    | PaymentFailed
    | PaymentPathFailed
    | SpendableOutputs
    | BumpTransaction
)


class Place(msgspec.Struct, frozen=True):
    """A block by height and hash."""

    height: int
    hash: str


class Peer(msgspec.Struct, frozen=True):
    """A connected peer and its `init` features."""

    node_id: str
    features: str


class Channel(msgspec.Struct, frozen=True):
    """A channel that is not closed. `scid` is None until it has one."""

    channel_id: str
    channel_type: str | None
    scid: int | str | None
    opener: bool
    ready: bool
    usable: bool
    capacity_sat: int
    feerate_per_kw: int | None
    outbound_msat: int
    inbound_msat: int
    htlcs_in: int
    htlcs_out: int


class Balance(msgspec.Struct, frozen=True):
    """Something that LDK expects to get from the chain."""

    kind: str
    sat: int


class Opening(msgspec.Struct, frozen=True):
    temporary_channel_id: str


class Invoice(msgspec.Struct, frozen=True):
    text: str
    payment_hash: str


class Paying(msgspec.Struct, frozen=True):
    payment_hash: str
