"""What a cheat adds to an honest node: it keeps old states of its channels, and publishes one.

Nothing of this is in the node: its signer would refuse. A state is signed while it is the newest,
by a copy of the signer that is thrown away, so that the node's own never hears of it.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from copy import copy
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.channel.transactions import build_commitment, signed_by_both
from lnwallet_tui.playground.resident import Resident

_OPEN = (Phase.READY, Phase.SHUTTING_DOWN, Phase.NEGOTIATING)


@dataclass(frozen=True, slots=True)
class KeptState:
    """A commitment of the cheat's, signed by both, and what it would give the cheat."""

    channel_id: bytes
    number: int
    worth: Msat
    tx: Tx


class Cheat:
    """Looks over the shoulder of a resident's node. At most one kept state per commitment."""

    def __init__(self, resident: Resident) -> None:
        self._resident = resident
        self._kept: dict[tuple[bytes, int], KeptState] = {}

    @property
    def name(self) -> str:
        """Who it is."""
        return self._resident.name

    async def watch(self) -> None:
        """Keep what the node comes by, until it is stopped."""
        async for _ in self._resident.node.feed():
            self.keep()

    def keep(self) -> None:
        """Keep the newest state of each open channel, but for those with payments under way."""
        node = self._resident.node
        for channel in node.channel_states():
            name = (channel.channel_id, channel.our_number)
            at_rest = channel.phase in _OPEN and not channel.our_commitment.spec.htlcs
            if at_rest and name not in self._kept:
                signer = node.channel_signer(channel.channel_id)
                self._kept[name] = kept_state(channel, signer)

    def best(self, among: AbstractSet[bytes]) -> KeptState | None:
        """The revoked state of these channels, if still open, that would give the cheat most."""
        newest = {
            channel.channel_id: channel.our_number
            for channel in self._resident.node.channel_states()
            if channel.phase in _OPEN and channel.channel_id in among
        }
        revoked = [
            kept for kept in self._kept.values() if kept.number < newest.get(kept.channel_id, 0)
        ]
        return max(revoked, key=lambda kept: (kept.worth, -kept.number), default=None)


def kept_state(channel: Channel, signer: ChannelSigner) -> KeptState:
    """The newest commitment of this side, with both signatures."""
    params, newest = channel.params(Side.US), channel.our_commitment
    number = newest.spec.number
    built = build_commitment(params, signer.per_commitment_point(number), newest.spec)
    signature = copy(signer).sign_holder_commitment(number, built.tx, built.funding_input)
    tx = signed_by_both(params, built.tx, signature, newest.signature)
    return KeptState(channel.channel_id, number, newest.spec.to_local, tx)
