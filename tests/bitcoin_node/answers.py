"""What the node's process and the tests say to each other. Hashes and scripts are hex, in the order
in which they go over the wire."""

from __future__ import annotations

import msgspec

from tests.bitcoin_node.behaviour import Behaviour


class DoorTold(msgspec.Struct, frozen=True):
    number: int
    port: int
    is_open: bool
    behaviour: Behaviour


class TipTold(msgspec.Struct, frozen=True):
    height: int
    hash: str
    time: int


class PeerTold(msgspec.Struct, frozen=True):
    """One connection. `relay`: it asked to be told of transactions."""

    door: int
    number: int
    is_ready: bool
    user_agent: str = ""
    services: int = 0
    start_height: int = 0
    relay: bool = False
    wtxid_relay: bool = False
    addr_v2: bool = False
    feefilter: int = 0


class HeardTold(msgspec.Struct, frozen=True):
    door: int
    peer: int
    command: str
    payload: str


class VerdictTold(msgspec.Struct, frozen=True):
    """`source` is the number of a connection, -1 for the node itself; `refused` is Core's reason,
    or empty."""

    txid: str
    source: int
    refused: str


class TxTold(msgspec.Struct, frozen=True):
    """A transaction that waits (no height) or stands in the best chain."""

    raw: str
    height: int | None


class Known(msgspec.Struct, frozen=True):
    """An address of the network that a door tells of."""

    host: str
    port: int
    services: int


class Request(msgspec.Struct, frozen=True):
    number: int
    command: str
    fields: msgspec.Raw
