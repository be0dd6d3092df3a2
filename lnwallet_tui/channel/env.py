"""What a step of the channel machine is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.effects import Effect
from lnwallet_tui.channel.held_htlcs import HtlcEntered, HtlcLeft
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.channel.state import Channel, ChannelState
from lnwallet_tui.policy import Policy
from lnwallet_tui.wire.features import ASSUMED, OUR_INIT_FEATURES, Features


@dataclass(frozen=True, slots=True)
class Feerates:
    """What the chain costs at the moment, in sat/kw.

    `soon` is expected to confirm within 2 blocks, `today` within 144; `minimum` is what nodes relay
    on a calm day, `relayed` what they relay now, 0 where nobody said. Where `soon` is no more than
    that, for nobody has told what blocks take, `guessed` is what they may well take, else 0.
    """

    soon: int
    today: int
    minimum: int
    relayed: int = 0
    guessed: int = 0

    @property
    def market(self) -> int:
        """What may be needed soon: the least that is relayed is no estimate of that."""
        return max(self.soon, self.guessed)


@dataclass(frozen=True, slots=True)
class Announcer:
    """What a node that relays adds to its channels: the ids of both nodes (33 bytes), and its own
    signature (64 bytes) of a digest (32 bytes) of gossip."""

    node_id: bytes
    peer_id: bytes
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Env:
    """The world as one step sees it: the chain's height, Unix seconds, feerates; and this channel's
    signer. `features` are the peer's, empty while it is not connected, and `peer_was_heard` says
    whether a message of it came recently; `channel_ids` are those of all our channels, with
    whomever. Without an `announcer` (a wallet) channels are private. `agreed`: the peer has taken
    the channel up with the state that we have, at least once since the start of this program;
    `is_older`: it had a newer state of ours, by what is kept elsewhere."""

    network: Network
    height: int
    now: int
    feerates: Feerates
    policy: Policy
    signer: ChannelSigner
    features: Features
    peer_was_heard: bool = True
    channel_ids: frozenset[bytes] = frozenset()
    announcer: Announcer | None = None
    agreed: bool = True
    is_older: bool = False

    def negotiated(self, pair: int) -> bool:
        """Whether both sides have the feature, named by its even bit."""
        return OUR_INIT_FEATURES.has(pair) and (self.features.has(pair) or pair in ASSUMED)


Record = HtlcEntered | HtlcLeft
"""A row that is written in the transaction that stores the state."""


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one event: the state to store with `records`, then the effects to perform.

    A state that is the very object that went in has nothing to store.
    """

    state: ChannelState
    records: tuple[Record, ...] = ()
    effects: tuple[Effect, ...] = ()

    def then(self, following: Callable[[Channel], Step]) -> Step:
        """This step and the one that follows from where it leads, as one; a `Channel` only."""
        if not isinstance(self.state, Channel):
            return self
        after = following(self.state)
        return Step(after.state, self.records + after.records, self.effects + after.effects)
