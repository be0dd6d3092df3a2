"""What we say of ourselves to a node of the Bitcoin network, and what it must say of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.questions import Refusal
from lnwallet_tui.p2p.addresses import Endpoint, Service, offers
from lnwallet_tui.p2p.control import PROTOCOL_VERSION, Version

BLOCKS_BEHIND: Final = 144
"""A peer that says so much less than our height downloads the chain yet: a day, as in Core."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """What we say of ourselves. `nonce` is 64 bits of chance; `relay` asks to be told of
    transactions, which costs, and is good for seeing one of ours come back (BIP37)."""

    network: Network
    height: int
    nonce: int
    user_agent: bytes = b""
    relay: bool = False

    def version(self, now_ms: int) -> Version:
        """Our first message: we serve nothing, and tell nobody's address."""
        return Version(
            PROTOCOL_VERSION,
            0,
            now_ms // 1_000,
            Endpoint(),
            Endpoint(),
            self.nonce,
            self.user_agent,
            self.height,
            self.relay,
        )

    def refusal(self, theirs: Version) -> Refusal | None:
        """Why a node is of no use to us, if it is."""
        if theirs.nonce == self.nonce:
            return Refusal.OURSELVES
        if not offers(theirs.services, Service.COMPACT_FILTERS):
            return Refusal.NO_FILTERS
        if not offers(theirs.services, Service.NETWORK | Service.WITNESS):
            return Refusal.PRUNED
        if theirs.start_height < self.height - BLOCKS_BEHIND:
            return Refusal.BEHIND
        return None
