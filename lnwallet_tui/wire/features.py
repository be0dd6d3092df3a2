"""BOLT 9: feature bits, what we offer in `init`, and what we cannot live with in a peer's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

DATA_LOSS_PROTECT: Final = 0
UPFRONT_SHUTDOWN_SCRIPT: Final = 4
GOSSIP_QUERIES: Final = 6
VAR_ONION_OPTIN: Final = 8
GOSSIP_QUERIES_EX: Final = 10
STATIC_REMOTEKEY: Final = 12
PAYMENT_SECRET: Final = 14
BASIC_MPP: Final = 16
SUPPORT_LARGE_CHANNEL: Final = 18
ANCHORS: Final = 22
ROUTE_BLINDING: Final = 24
SHUTDOWN_ANYSEGWIT: Final = 26
DUAL_FUND: Final = 28
QUIESCE: Final = 34
ATTRIBUTION_DATA: Final = 36
ONION_MESSAGES: Final = 38
PROVIDE_STORAGE: Final = 42
CHANNEL_TYPE: Final = 44
SCID_ALIAS: Final = 46
PAYMENT_METADATA: Final = 48
ZEROCONF: Final = 50
SIMPLE_CLOSE: Final = 60
SPLICE: Final = 62

NAMES: Final[Mapping[int, str]] = {
    DATA_LOSS_PROTECT: "option_data_loss_protect",
    UPFRONT_SHUTDOWN_SCRIPT: "option_upfront_shutdown_script",
    GOSSIP_QUERIES: "gossip_queries",
    VAR_ONION_OPTIN: "var_onion_optin",
    GOSSIP_QUERIES_EX: "gossip_queries_ex",
    STATIC_REMOTEKEY: "option_static_remotekey",
    PAYMENT_SECRET: "payment_secret",
    BASIC_MPP: "basic_mpp",
    SUPPORT_LARGE_CHANNEL: "option_support_large_channel",
    ANCHORS: "option_anchors",
    ROUTE_BLINDING: "option_route_blinding",
    SHUTDOWN_ANYSEGWIT: "option_shutdown_anysegwit",
    DUAL_FUND: "option_dual_fund",
    QUIESCE: "option_quiesce",
    ATTRIBUTION_DATA: "option_attribution_data",
    ONION_MESSAGES: "option_onion_messages",
    PROVIDE_STORAGE: "option_provide_storage",
    CHANNEL_TYPE: "option_channel_type",
    SCID_ALIAS: "option_scid_alias",
    PAYMENT_METADATA: "option_payment_metadata",
    ZEROCONF: "option_zeroconf",
    SIMPLE_CLOSE: "option_simple_close",
    SPLICE: "option_splice",
}
"""The even bit of each pair and the name that BOLT 9 gives it."""

ASSUMED: Final = frozenset(
    {DATA_LOSS_PROTECT, VAR_ONION_OPTIN, STATIC_REMOTEKEY, PAYMENT_SECRET, CHANNEL_TYPE}
)
"""BOLT 9: "ASSUMED to be present by all nodes": a peer may leave these out."""

DEPENDENCIES: Final[Mapping[int, int]] = {
    BASIC_MPP: PAYMENT_SECRET,
    ZEROCONF: SCID_ALIAS,
    SIMPLE_CLOSE: SHUTDOWN_ANYSEGWIT,
}


@dataclass(frozen=True, slots=True, init=False)
class Features:
    """A set of feature bits. A pair is named by its even bit; the odd one means "optional".

    Kept as one integer, so that a peer's largest bitmap (64 kB) costs no more than it weighs.
    """

    mask: int

    def __init__(self, bits: Iterable[int] = ()) -> None:
        mask = 0
        for bit in bits:
            mask |= 1 << bit
        object.__setattr__(self, "mask", mask)

    @classmethod
    def _of_mask(cls, mask: int) -> Self:
        made = cls()
        object.__setattr__(made, "mask", mask)
        return made

    @classmethod
    def from_bytes(cls, bitmap: bytes) -> Self:
        """From the wire's big-endian bitmap, of any length."""
        return cls._of_mask(int.from_bytes(bitmap, "big"))

    def to_bytes(self) -> bytes:
        """The shortest bitmap (BOLT 1: "SHOULD use the minimum length")."""
        return self.mask.to_bytes((self.mask.bit_length() + 7) // 8, "big")

    def has(self, pair: int) -> bool:
        """Whether either bit of the pair is set; `pair` is its even bit."""
        assert pair % 2 == 0, "a pair is named by its even bit"
        return bool(self.mask >> pair & 0b11)

    def requires(self, pair: int) -> bool:
        """Whether the even bit is set. BOLT 9: with both set, "treated as mandatory"."""
        assert pair % 2 == 0, "a pair is named by its even bit"
        return bool(self.mask >> pair & 1)

    def __contains__(self, bit: int) -> bool:
        return bool(self.mask >> bit & 1)

    def __iter__(self) -> Iterator[int]:
        """The bits that are set, in ascending order."""
        # Byte by byte: arithmetic on a mask of 64 kB for each of its bits would take seconds.
        for place, byte in enumerate(reversed(self.to_bytes())):
            if byte:
                yield from (8 * place + bit for bit in range(8) if byte >> bit & 1)

    def __or__(self, other: Features) -> Features:
        return Features._of_mask(self.mask | other.mask)

    def __and__(self, other: Features) -> Features:
        return Features._of_mask(self.mask & other.mask)

    def without(self, other: Features) -> Features:
        """The bits that are not in `other`."""
        return Features._of_mask(self.mask & ~other.mask)

    def __bool__(self) -> bool:
        return self.mask != 0

    def __repr__(self) -> str:
        return f"Features({sorted(self)})" if self.mask.bit_length() <= 512 else "Features(…)"

    def names(self) -> tuple[str, ...]:
        """The pairs that BOLT 9 knows, by name."""
        return tuple(name for pair, name in NAMES.items() if self.has(pair))


OUR_INIT_FEATURES: Final = Features(
    {
        DATA_LOSS_PROTECT,
        VAR_ONION_OPTIN,
        STATIC_REMOTEKEY,
        PAYMENT_SECRET,
        CHANNEL_TYPE,
        UPFRONT_SHUTDOWN_SCRIPT + 1,
        GOSSIP_QUERIES + 1,
        BASIC_MPP + 1,
        SUPPORT_LARGE_CHANNEL + 1,
        ANCHORS + 1,
        SHUTDOWN_ANYSEGWIT + 1,
        SCID_ALIAS + 1,
    }
)
"""What we send in `init`.

The five assumed ones are even because deployed peers hang up on a node that lacks them.
`basic_mpp` says that a node "can receive basic multi-part payments": our invoices offer it too.
`gossip_queries` is set, and every query answered with an empty, complete reply, because deployed
peers hang up without it.
"""

IN_NODE_ANNOUNCEMENT: Final = frozenset(
    {
        UPFRONT_SHUTDOWN_SCRIPT,
        GOSSIP_QUERIES_EX,
        BASIC_MPP,
        SUPPORT_LARGE_CHANNEL,
        ANCHORS,
        ROUTE_BLINDING,
        SHUTDOWN_ANYSEGWIT,
        DUAL_FUND,
        QUIESCE,
        ATTRIBUTION_DATA,
        ONION_MESSAGES,
        PROVIDE_STORAGE,
        SCID_ALIAS,
        ZEROCONF,
        SIMPLE_CLOSE,
        SPLICE,
    }
)
"""The pairs of context `N`. BOLT 9: "MUST NOT set feature bits in fields not specified by the table
above"; those that are assumed stand in none any more."""

OUR_NODE_FEATURES: Final = Features(
    bit for bit in OUR_INIT_FEATURES if bit & ~1 in IN_NODE_ANNOUNCEMENT
)
"""What we say in `node_announcement`, to those who may open a channel to us or pay us."""


def unknown_required(features: Features, understood: Features = OUR_INIT_FEATURES) -> Features:
    """The even bits in `features` whose pair is not in `understood`: a peer we cannot serve.

    An invoice or announcement has other features than `init`; its reader passes what it
    understands there.
    """
    every_even = int.from_bytes(b"\x55" * (features.mask.bit_length() // 8 + 1), "big")
    either = understood.mask | understood.mask >> 1
    return Features._of_mask(features.mask & every_even & ~either)


def missing_dependencies(features: Features) -> set[int]:
    """The pairs that something in `features` depends on and that are neither set nor assumed.

    BOLT 1: "if the feature vector does not set all known, transitive dependencies: MUST close the
    connection". The table's chains have one link, so transitive is direct here.
    """
    return {
        needed
        for pair, needed in DEPENDENCIES.items()
        if features.has(pair) and not features.has(needed) and needed not in ASSUMED
    }
