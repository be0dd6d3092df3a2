"""What Electrum answers, as far as the scenarios read it. Balances are in sat."""

from __future__ import annotations

import msgspec


class Info(msgspec.Struct, frozen=True):
    """`getinfo`."""

    blockchain_height: int
    connected: bool
    version: str


class Balance(msgspec.Struct, frozen=True):
    """`getbalance`: in BTC, as Electrum writes it; what is zero it leaves out."""

    confirmed: str = "0"
    unconfirmed: str = "0"


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `list_channels`. `local_ctn` is the number of its own newest commitment."""

    channel_id: str
    channel_point: str
    state: str
    peer_state: str
    short_channel_id: str | None
    local_balance: int
    remote_balance: int
    local_ctn: int
    remote_ctn: int
    local_unsettled_sent: int
    remote_unsettled_sent: int


class Request(msgspec.Struct, frozen=True):
    """`add_request`, and a line of `list_requests`."""

    lightning_invoice: str
    rhash: str


class Paid(msgspec.Struct, frozen=True):
    """`lnpay`, when it has ended. `log` has a line for every attempt: route, channel, error."""

    payment_hash: str
    success: bool
    preimage: str | None
    log: list[list[str | None]]


class Settled(msgspec.Struct, frozen=True):
    """A line of `lightning_history`; `amount_msat` is negative for what was sent."""

    type: str
    payment_hash: str = ""
    preimage: str = ""
    amount_msat: int = 0
