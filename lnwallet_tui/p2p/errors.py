"""What can be wrong with bytes from a peer of the Bitcoin network. Nothing else leaves a decoder.

None of it can be mended by reading on: a peer can waste its own connection only.
"""

from __future__ import annotations


class P2pError(ValueError):
    """The bytes are not what Bitcoin's protocol says; the message is a plain sentence of ours."""


class WrongNetwork(P2pError):
    """A frame does not begin with our network's magic: another network, or no such protocol."""


class TooLong(P2pError):
    """A message is announced longer, or lists more, than its kind may be."""


class BadChecksum(P2pError):
    """The payload is not the one that its frame was made for."""


class Malformed(P2pError):
    """The payload does not fit its command."""
