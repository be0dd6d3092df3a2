"""Failure messages, one declaration per code of BOLT 4, and reading them without ever failing.

A failure message is "a 2-byte type `failure_code` followed by data applicable to that type". What
comes back was written by a stranger: whatever it is, it ends in a `Failure`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, TypeVar, dataclass_transform

from lnwallet_tui.onion.codes import BADONION, NODE, PERM, FailureCode
from lnwallet_tui.wire.errors import WireError
from lnwallet_tui.wire.fields import U16, U32, BigSize, Counted, MsatU64, Sha256
from lnwallet_tui.wire.message import Declared
from lnwallet_tui.wire.reader import Reader

ChannelUpdateBytes = Annotated[bytes, Counted("len")]
"""A `channel_update`, or nothing: "no longer mandatory"."""


class Failure:
    """Base of all failure messages. Equal when code and data are."""

    __slots__ = ()
    CODE: ClassVar[FailureCode]
    LAYOUT: ClassVar = Declared()

    @property
    def code(self) -> int:
        """The `failure_code`: flags and number."""
        return self.CODE

    @property
    def is_permanent(self) -> bool:
        """PERM: the same again cannot help."""
        return bool(self.code & PERM)

    @property
    def is_about_node(self) -> bool:
        """NODE: the whole node, not one channel of it."""
        return bool(self.code & NODE)

    @property
    def is_bad_onion(self) -> bool:
        """BADONION: the onion was unreadable where it arrived."""
        return bool(self.code & BADONION)

    def encode(self) -> bytes:
        """Code and data: `failuremsg`."""
        return self.code.to_bytes(2, "big") + self.LAYOUT.write(self)


@dataclass(frozen=True, slots=True)
class OtherFailure(Failure):
    """A code that BOLT 4 does not name, or one whose data is cut short. 0: not even a code.

    `data` is what a node that passes it on puts behind the code; of one that was read it is empty.
    """

    number: int
    data: bytes = b""

    @property
    def code(self) -> int:
        return self.number

    def encode(self) -> bytes:
        return self.number.to_bytes(2, "big") + self.data


F = TypeVar("F", bound=Failure)
_DECLARED: Final[dict[int, type[Failure]]] = {}


@dataclass_transform(frozen_default=True)
def _failure(code: FailureCode) -> Callable[[type[F]], type[F]]:
    def declare(cls: type[F]) -> type[F]:
        made = dataclass(frozen=True, slots=True)(cls)
        made.CODE = code
        _DECLARED[code] = made
        return made

    return declare


def decode_failure(message: bytes) -> Failure:
    """The failure in a `failuremsg`. BOLT 4: "MUST ignore any extra bytes in `failuremsg`"."""
    reader = Reader(message)
    if reader.remaining < 2:
        return OtherFailure(0)
    code = reader.uint(2)
    declaration = _DECLARED.get(code)
    if declaration is None:
        return OtherFailure(code)
    try:
        return declaration(**declaration.LAYOUT.read(reader))
    except WireError:
        return OtherFailure(code)


# -- from every hop
@_failure(FailureCode.TEMPORARY_NODE_FAILURE)
class TemporaryNodeFailure(Failure):
    """General temporary failure of the node."""


@_failure(FailureCode.PERMANENT_NODE_FAILURE)
class PermanentNodeFailure(Failure):
    """General permanent failure of the node."""


@_failure(FailureCode.REQUIRED_NODE_FEATURE_MISSING)
class RequiredNodeFeatureMissing(Failure):
    """The node requires a feature that was not in the onion."""


@_failure(FailureCode.INVALID_ONION_PAYLOAD)
class InvalidOnionPayload(Failure):
    """The payload was not understood: TLV `type` at byte `offset` of it (0 and 0: unspecified)."""

    type: BigSize
    offset: U16


@_failure(FailureCode.EXPIRY_TOO_FAR)
class ExpiryTooFar(Failure):
    """The HTLC could be locked for longer than the node allows."""


# -- about an onion that could not be read; they come as `update_fail_malformed_htlc` first
@_failure(FailureCode.INVALID_ONION_VERSION)
class InvalidOnionVersion(Failure):
    """The version byte was not understood."""

    sha256_of_onion: Sha256


@_failure(FailureCode.INVALID_ONION_HMAC)
class InvalidOnionHmac(Failure):
    """The HMAC was wrong when the onion arrived."""

    sha256_of_onion: Sha256


@_failure(FailureCode.INVALID_ONION_KEY)
class InvalidOnionKey(Failure):
    """The ephemeral key was no point."""

    sha256_of_onion: Sha256


@_failure(FailureCode.INVALID_ONION_BLINDING)
class InvalidOnionBlinding(Failure):
    """An error within a blinded path."""

    sha256_of_onion: Sha256


# -- from a node that was to forward, about its outgoing channel
@_failure(FailureCode.TEMPORARY_CHANNEL_FAILURE)
class TemporaryChannelFailure(Failure):
    """The channel cannot carry this HTLC now."""

    channel_update: ChannelUpdateBytes


@_failure(FailureCode.PERMANENT_CHANNEL_FAILURE)
class PermanentChannelFailure(Failure):
    """The channel cannot carry any HTLC."""


@_failure(FailureCode.REQUIRED_CHANNEL_FEATURE_MISSING)
class RequiredChannelFeatureMissing(Failure):
    """The channel requires a feature that was not in the onion."""


@_failure(FailureCode.UNKNOWN_NEXT_PEER)
class UnknownNextPeer(Failure):
    """The onion names a channel that the node does not have."""


@_failure(FailureCode.AMOUNT_BELOW_MINIMUM)
class AmountBelowMinimum(Failure):
    """The amount is below the channel's `htlc_minimum_msat`."""

    htlc_msat: MsatU64
    channel_update: ChannelUpdateBytes


@_failure(FailureCode.FEE_INSUFFICIENT)
class FeeInsufficient(Failure):
    """The fee is below what the channel asks."""

    htlc_msat: MsatU64
    channel_update: ChannelUpdateBytes


@_failure(FailureCode.INCORRECT_CLTV_EXPIRY)
class IncorrectCltvExpiry(Failure):
    """Less than the channel's `cltv_expiry_delta` lies between incoming and outgoing expiry."""

    cltv_expiry: U32
    channel_update: ChannelUpdateBytes


@_failure(FailureCode.EXPIRY_TOO_SOON)
class ExpiryTooSoon(Failure):
    """The expiry is too near for safe handling."""

    channel_update: ChannelUpdateBytes


@_failure(FailureCode.CHANNEL_DISABLED)
class ChannelDisabled(Failure):
    """The channel is switched off."""

    disabled_flags: U16
    channel_update: ChannelUpdateBytes


# -- from the final node
@_failure(FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS)
class IncorrectOrUnknownPaymentDetails(Failure):
    """Unknown hash, wrong secret or amount, or an expiry too near: one answer for all of them.

    `htlc_msat` is the amount of the HTLC, `height` the final node's best block.
    """

    htlc_msat: MsatU64
    height: U32


@_failure(FailureCode.FINAL_INCORRECT_CLTV_EXPIRY)
class FinalIncorrectCltvExpiry(Failure):
    """The HTLC expires before the expiry in the onion."""

    cltv_expiry: U32


@_failure(FailureCode.FINAL_INCORRECT_HTLC_AMOUNT)
class FinalIncorrectHtlcAmount(Failure):
    """The HTLC is smaller than the amount in the onion."""

    incoming_htlc_amt: MsatU64


@_failure(FailureCode.MPP_TIMEOUT)
class MppTimeout(Failure):
    """The rest of a multi-part payment did not come in time."""
