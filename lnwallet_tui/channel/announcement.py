"""How far the announcement of a public channel is: what both sides have signed, and for where.

An announcement is for one place in the chain. A half that was signed for another place than the
funding's is worth nothing, so each says which place it is for.
"""

from __future__ import annotations

from typing import Self

import msgspec
from msgspec.structs import replace

from lnwallet_tui.wire.scid import ShortChannelId


class Half(msgspec.Struct, frozen=True):
    """One side's signatures under an announcement, 64 bytes each."""

    short_channel_id: ShortChannelId
    node_signature: bytes
    bitcoin_signature: bytes


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of it over this connection; after a reconnection it is said anew (BOLT 7).

    `early` is the peer's half while we cannot tell yet whether its place is right. `heard`: the
    peer's came; `said`: ours was sent.
    """

    early: Half | None = None
    heard: bool = False
    said: bool = False


class Announcing(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel has that was opened with `announce_channel`.

    `sent` is the place for which ours was sent, in whichever connection. `theirs` is the peer's
    half, of which both signatures were verified. `told`: the node knows of both halves.
    """

    sent: ShortChannelId | None = None
    theirs: Half | None = None
    told: bool = False
    talk: Talk = Talk()

    def at(self, place: ShortChannelId) -> Self:
        """With the funding at `place`: what was signed for another one is forgotten."""
        signed_for = {self.sent, self.theirs.short_channel_id if self.theirs else None}
        if signed_for <= {None, place}:
            return self
        return type(self)(talk=Talk(early=self.talk.early))

    def wait(self, half: Half) -> Self:
        """The peer's half came."""
        return replace(self, talk=replace(self.talk, early=half))

    def keep(self, half: Half) -> Self:
        """The peer's half is for the right place."""
        talk = replace(self.talk, early=None, heard=True)
        return replace(self, theirs=half, talk=talk)

    def drop(self) -> Self:
        """The peer's half is for a wrong place."""
        return replace(self, talk=replace(self.talk, early=None))

    def say(self, place: ShortChannelId) -> Self:
        """Our half leaves."""
        return replace(self, sent=place, talk=replace(self.talk, said=True))

    def hang_up(self) -> Self:
        """The connection is over."""
        return replace(self, talk=Talk())
