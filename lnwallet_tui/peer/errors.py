"""What a peer can do wrong on a connection, before any channel is concerned.

Each is a plain sentence of ours: what happened, from which the user can see what to do. None of
them is ever a reason to close a channel (BOLT 1: "MUST NOT fail the channels in this case").
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import ClassVar

from lnwallet_tui.wire.features import NAMES, Features


class RemoteError(Exception):
    """The other side broke the protocol, or cannot be served: the connection ends.

    `tell_peer`: whether it gets the sentence in a `warning` first, where one may be sent.
    """

    tell_peer: ClassVar[bool] = True


class HandshakeFailed(RemoteError):
    """BOLT 8's handshake did not succeed.

    `code` names the check that failed as BOLT 8's test vectors do: `ACT2_BAD_TAG`.
    """

    tell_peer = False

    def __init__(self, act: int, flaw: str) -> None:
        super().__init__(f"The encrypted handshake failed in act {act} ({flaw.lower()}).")
        self.code = f"ACT{act}_{flaw}"


class BadMac(RemoteError):
    """A message was damaged or forged on the way."""

    tell_peer = False

    def __init__(self) -> None:
        super().__init__("A message from the peer is not authentic.")


class Malformed(RemoteError):
    """A message of a known type that does not have its form."""

    def __init__(self, flaw: str) -> None:
        super().__init__(f"The peer sent a malformed message: {flaw}.")


class UnknownEvenMessage(RemoteError):
    """BOLT 1: "upon receiving a message of even, unknown type: MUST close the connection"."""

    def __init__(self, number: int) -> None:
        super().__init__(f"The peer insists on messages of type {number}, which we do not know.")
        self.number = number


class InitExpected(RemoteError):
    """BOLT 1: "MUST send init as the first Lightning message"."""

    def __init__(self) -> None:
        super().__init__("The peer's first message was not `init`.")


class InitRepeated(RemoteError):
    """`init` is the first message and no other."""

    def __init__(self) -> None:
        super().__init__("The peer sent `init` a second time.")


class NoCommonNetwork(RemoteError):
    """BOLT 1: "upon receiving networks containing no common chains MAY close"."""

    def __init__(self) -> None:
        super().__init__("The peer is on another network.")


class FeaturesRequired(RemoteError):
    """BOLT 1: "upon receiving unknown even feature bits … MUST close the connection"."""

    def __init__(self, required: Features) -> None:
        self.required = required
        first = tuple(islice(required, 5))
        said = ", ".join(NAMES.get(bit, f"feature {bit}") for bit in first[:4])
        more = " and others" if len(first) > 4 else ""
        super().__init__(f"The peer requires what we do not have: {said}{more}.")


class DependenciesMissing(RemoteError):
    """BOLT 1: "does not set all known, transitive dependencies: MUST close the connection"."""

    def __init__(self, pairs: Iterable[int]) -> None:
        self.pairs = tuple(sorted(pairs))
        said = ", ".join(NAMES[pair] for pair in self.pairs)
        super().__init__(f"The peer's features need others that it does not have: {said}.")


class PingFlood(RemoteError):
    """It asks for answers and does not read them."""

    def __init__(self) -> None:
        super().__init__("The peer asks for more `pong`s than it reads.")


class SetUpTooSlow(RemoteError):
    """Handshake and `init` took too long."""

    tell_peer = False

    def __init__(self) -> None:
        super().__init__("The peer did not finish the handshake in time.")


class NoAnswer(RemoteError):
    """A `ping` went unanswered and nothing else came."""

    tell_peer = False

    def __init__(self) -> None:
        super().__init__("The peer does not answer any more.")
