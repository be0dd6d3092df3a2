"""The two parties of a channel, each as it knows the channel."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.channel.transactions import BuiltCommitment, build_commitment
from lnwallet_tui.playground.resident import Resident

Facts = dict[str, object]


@dataclass(frozen=True, slots=True)
class Party:
    """A channel as one of its two parties knows it."""

    resident: Resident
    channel: Channel

    @property
    def name(self) -> str:
        """Whose."""
        return self.resident.name

    @property
    def balance_msat(self) -> int:
        """What is theirs in the newest state, without HTLCs."""
        return self.channel.our_commitment.spec.to_local.value

    def point(self) -> bytes:
        """Of the newest commitment that they hold."""
        signer = self.resident.node.channel_signer(self.channel.channel_id)
        return signer.per_commitment_point(self.channel.our_number)

    def secret(self, number: int) -> bytes:
        """Of a commitment that they have revoked."""
        signer = self.resident.node.channel_signer(self.channel.channel_id)
        return copy(signer).release_secret(number)

    def built(self) -> BuiltCommitment:
        """The newest commitment that they hold."""
        spec = self.channel.our_commitment.spec
        return build_commitment(self.channel.params(Side.US), self.point(), spec)

    def newest(self) -> Tx:
        """Its transaction, unsigned."""
        return self.built().tx


Pair = tuple[Party, Party]


def holder_of(pair: Pair, tx: Tx) -> Party | None:
    """Whose newest commitment it is; None where it is nobody's."""
    return next((party for party in pair if party.newest().txid == tx.txid), None)


def other_than(pair: Pair, name: str) -> str:
    """The other party."""
    [other] = (party.name for party in pair if party.name != name)
    return other
