"""What is kept of payments: everything that a crash must not lose.

An outgoing payment is durable before its first HTLC leaves, so that no error goes undecoded and
nothing is paid twice; an invoice is durable before it is shown, and durably `SETTLING` with its
whole set of parts before the first preimage leaves. Secrets do not stand in any `repr`.
"""

from __future__ import annotations

import enum

import msgspec

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat
from lnwallet_tui.routing.graph import Hop, HopKey
from lnwallet_tui.wire.scid import ShortChannelId

HtlcName = tuple[bytes, int]
"""Channel id and HTLC id."""


# ── going out ────────────────────────────────────────────────────────────────────────────────────
class RouteHop(msgspec.Struct, frozen=True, kw_only=True):
    """A node on the way and what the channel into it asks for (BOLT 7).

    The first hop is our peer: the channel into it is ours, has no name in the onion and costs
    nothing. Less than `htlc_minimum` is raised to it.
    """

    node_id: bytes
    short_channel_id: ShortChannelId | None = None
    fee_base: Msat = ZERO_MSAT
    fee_proportional_millionths: int = 0
    cltv_expiry_delta: int = 0
    htlc_minimum: Msat = ZERO_MSAT


class Route(msgspec.Struct, frozen=True):
    """From our channel `channel_id` over its peer, the first hop, to the payee, the last."""

    channel_id: bytes
    hops: tuple[RouteHop, ...]

    @property
    def cltv(self) -> int:
        """The blocks that it adds to those of the payee."""
        return sum(hop.cltv_expiry_delta for hop in self.hops[1:])


class Way(msgspec.Struct, frozen=True):
    """So much of a payment, as the payee gets it, by this route."""

    route: Route
    amount: Msat


class Room(msgspec.Struct, frozen=True):
    """A hop carries at most that much of the payment, in msat; -1: it is not to be used."""

    short_channel_id: int
    source: bytes
    most_msat: int


class Passage(msgspec.Struct, frozen=True):
    """So much of the payment, in msat, has passed a hop and come back."""

    short_channel_id: int
    source: bytes
    msat: int


class Lessons(msgspec.Struct, frozen=True):
    """What the attempts of one payment have taught it, and nobody else. Later ones stand behind and
    count."""

    rooms: tuple[Room, ...] = ()
    ours: tuple[tuple[bytes, int], ...] = ()  # channels of our own, with what they carry at most
    avoided: tuple[bytes, ...] = ()  # nodes
    corrected: tuple[Hop, ...] = ()  # terms that a node told when it refused
    passages: tuple[Passage, ...] = ()

    def room(self) -> dict[HopKey, int]:
        """What each hop carries at most."""
        return {(room.short_channel_id, room.source): room.most_msat for room in self.rooms}

    def passed(self) -> dict[HopKey, int]:
        """The most that has passed each hop."""
        most: dict[HopKey, int] = {}
        for one in self.passages:
            key = one.short_channel_id, one.source
            most[key] = max(one.msat, most.get(key, 0))
        return most


class AttemptStatus(enum.Enum):
    """How one HTLC of a payment stands."""

    PENDING = "pending"  # offered, or about to be: whatever is not known to have ended
    FULFILLED = "fulfilled"
    FAILED = "failed"  # irrevocably removed, or never sent


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One HTLC of ours. `amount` and `cltv_expiry` are those of the HTLC to the first hop,
    `delivers` is what the payee gets of it.

    The session key decodes the errors that come back. `htlc_id` is None until the channel named it.
    Of one that failed `failure` is a whole sentence, and `failed_at` the number of the hop that
    sent it back, counted from 1 (0: nobody said, or it never left). `unseen`: what closed its
    channel tells nobody whether the payee is paid, and nothing of it can be taken from us any more.
    """

    route: Route
    session_key: bytes
    amount: Msat
    delivers: Msat
    cltv_expiry: int
    htlc_id: int | None = None
    status: AttemptStatus = AttemptStatus.PENDING
    failed_at: int = 0
    failure: str = ""
    unseen: bool = False

    @property
    def ends_for_payee(self) -> int:
        """The block at which what the payee is offered expires."""
        return self.cltv_expiry - self.route.cltv

    @property
    def is_passed_on(self) -> bool:
        """Whether somebody between us and the payee pays it."""
        return len(self.route.hops) > 1

    def __repr__(self) -> str:
        return f"Attempt({self.amount!r}, htlc_id={self.htlc_id}, {self.status.value!r})"


class OutgoingStatus(enum.Enum):
    """How a payment of ours stands; `FAILED` only once nothing of it can be taken any more."""

    IN_FLIGHT = "in flight"
    STUCK = "stuck"
    PAID = "paid"
    FAILED = "failed"


class Spontaneous(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the place of an invoice (bLIP 3): whom we pay, and the preimage that our onion
    brings along."""

    payee: bytes
    preimage: bytes

    def __repr__(self) -> str:
        return f"Spontaneous({self.payee.hex()[:8]}…)"


class OutgoingPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment of ours; there is one for each payment hash.

    `amount` is what the payee gets, `max_fee` what all hops together may cost on top; whether the
    payee `takes_parts`; `expires` is the invoice's, in Unix seconds. `reason` is a whole plain
    sentence: why the last attempt failed, or why the payment is stuck. Once it is `given_up` it is
    not tried again, and fails when nothing of it is pending any more. Where it is `spontaneous`,
    `invoice` and `payment_secret` are empty and `expires` is 0. No HTLC of it expires after block
    `latest_expiry` (0: it was begun when that was not kept). `by_chain`: something of it came back
    there, which costs fees.

    Where payments of this hash failed before, it was `first_begun` then (else 0), and `earlier` are
    the newest of their attempts: for who reads, nothing of them can be taken any more.
    """

    payment_hash: bytes
    invoice: str
    payment_secret: bytes
    payment_metadata: bytes | None
    min_final_cltv_expiry_delta: int
    expires: int
    amount: Msat
    max_fee: Msat
    created: int
    takes_parts: bool
    attempts: tuple[Attempt, ...] = ()
    lessons: Lessons = Lessons()
    given_up: bool = False
    status: OutgoingStatus = OutgoingStatus.IN_FLIGHT
    preimage: bytes | None = None
    settled: int = 0
    reason: str = ""
    spontaneous: Spontaneous | None = None
    earlier: tuple[Attempt, ...] = ()
    first_begun: int = 0
    latest_expiry: int = 0
    by_chain: bool = False

    def __repr__(self) -> str:
        return f"OutgoingPayment({self.payment_hash.hex()[:8]}…, {self.status.value!r})"

    @property
    def alive(self) -> tuple[Attempt, ...]:
        """The attempts that were taken or still can be."""
        return tuple(a for a in self.attempts if a.status is not AttemptStatus.FAILED)

    @property
    def may_be_paid(self) -> bool:
        """Whether it has failed, and those further on may have paid the payee all the same."""
        is_over = self.status is OutgoingStatus.FAILED
        return is_over and any(attempt.unseen for attempt in self.attempts)

    @property
    def fee(self) -> Msat:
        """What was paid on top; of a payment that is under way, what is offered on top."""
        offered = sum((attempt.amount for attempt in self.alive), ZERO_MSAT)
        return offered.minus_or_zero(sum((one.delivers for one in self.alive), ZERO_MSAT))

    @property
    def without_way(self) -> Msat:
        """What no attempt that is alive brings to the payee."""
        return self.amount.minus_or_zero(sum((one.delivers for one in self.alive), ZERO_MSAT))


# ── coming in ────────────────────────────────────────────────────────────────────────────────────
class InvoiceStatus(enum.Enum):
    """How an invoice of ours stands; whether it has expired is a matter of the clock."""

    WAITING = "waiting"
    SETTLING = "settling"  # the set is complete and durable: preimages are leaving
    PAID = "paid"
    LOST = "lost"  # the preimage was ready, but every part timed out on chain before


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One HTLC of the set that pays an invoice.

    `amount` is the HTLC's, `forwarded` what its onion says of it (`amt_to_forward`), `total` what
    the onion says of the whole set. The shared secret encrypts a refusal. `received` in Unix
    seconds.
    """

    channel_id: bytes
    htlc_id: int
    amount: Msat
    forwarded: Msat
    total: Msat
    cltv_expiry: int
    shared_secret: bytes
    received: int
    settled: bool = False

    def __repr__(self) -> str:
        return f"Part(htlc_id={self.htlc_id}, {self.amount!r}, settled={self.settled})"


class RefusedPart(msgspec.Struct, frozen=True):
    """An HTLC that was part of a set and was refused with it; `reason` is the error packet."""

    channel_id: bytes
    htlc_id: int
    reason: bytes


class IncomingInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice of ours and the parts that have arrived for it. `amount` None: the payer chooses.

    `expires` and `settled` in Unix seconds, `settled` 0 until it is. What was refused stays so:
    else an HTLC that arrives again after a restart could complete a set while its refusal leaves.
    A payment that came without an invoice (bLIP 3) is kept as one whose text is empty.
    """

    payment_hash: bytes
    preimage: bytes
    payment_secret: bytes
    amount: Msat | None
    min_final_cltv_expiry_delta: int
    created: int
    expires: int
    invoice: str
    status: InvoiceStatus = InvoiceStatus.WAITING
    parts: tuple[Part, ...] = ()
    refused: tuple[RefusedPart, ...] = ()
    settled: int = 0

    def __repr__(self) -> str:
        return f"IncomingInvoice({self.payment_hash.hex()[:8]}…, {self.status.value!r})"

    @property
    def is_spontaneous(self) -> bool:
        """Whether it was paid without having been asked for."""
        return not self.invoice

    @property
    def received(self) -> Msat:
        """What the parts bring; ours once the status is `SETTLING` or `PAID`."""
        return sum((part.amount for part in self.parts), ZERO_MSAT)
