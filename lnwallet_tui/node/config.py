"""The choices of one node, fixed while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.policy import POLICY, Policy

_FEE_BASE = Msat(1_000)


@dataclass(frozen=True, slots=True)
class RelayTerms:
    """What a node asks for forwarding: a base, millionths of the amount, blocks.

    It forwards between `htlc_minimum` and `htlc_maximum` at once, where what the peer takes is not
    narrower still, and for the time being nothing where it is `disabled`.
    """

    fee_base: Msat = _FEE_BASE
    fee_proportional_millionths: int = 100
    cltv_expiry_delta: int = 80
    htlc_minimum: Msat = ZERO_MSAT
    htlc_maximum: Msat | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """What a node is told at its start.

    `accept_all_inbound` lets any peer open a channel to us; a wallet without an
    open door leaves it off and accepts only from peers that it dialled or knows by name. Of either
    kind one may be pending for each peer, three in all.
    `alias` is told to connected peers in a `node_announcement`; a wallet leaves it empty.
    `anchors`: the type of the channels that we propose to peers that know it; both types are
    accepted. `relay`: how we forward payments of others; None, as in a wallet: not at all.
    `relay_to` has other terms for forwarding to certain peers, by their node ids. `shows_updates`:
    whether a payer whose payment does not comply is shown our `channel_update` (BOLT 4 would have
    nodes cease to). `takes_keysend`: who knows our id can pay us without an invoice (bLIP 3), as
    people expect it of an id that they were given. `looks_behind`: whether money is looked for that
    came to the same words in an earlier life of the wallet, which this folder knows nothing of.
    `backs_up`: whether the channel backup is kept. `keeps_room`: 16 MB for a disk that is full.
    """

    network: Network
    accept_all_inbound: bool = False
    alias: str = ""
    policy: Policy = POLICY
    anchors: bool = True
    relay: RelayTerms | None = None
    takes_keysend: bool = True
    relay_to: Mapping[bytes, RelayTerms] = field(default_factory=dict)
    shows_updates: bool = False
    looks_behind: bool = True
    backs_up: bool = True
    keeps_room: bool = False
