"""What can be wrong: the peer's violations, the refusals of commands, the reasons to publish.

Three tables. `Violation` has one row for each reason that BOLT 2 gives to send something, and says
what becomes of the channel; the machine raises `RemoteError` with it and answers in one place
(`failing.py`). `RefusalReason` says why a command of ours cannot be done now: nothing changes.
`CloseReason` names the only five reasons for which our commitment is published. Our own bugs have
no table: they are assertions.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.refusals import RefusalCode
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import Msat


# -- theirs
class Fate(enum.Enum):
    """What becomes of a channel whose peer broke the protocol."""

    GOES_ON = "warning, disconnect; re-established later"
    FORGOTTEN = "error; it was still being opened and nothing is at stake"
    PUBLISHED = "error; our commitment is published"
    UNDECIDED = "error; whether our commitment is published is for the user to say"
    WAITS = "error; dead, but the peer must publish because our state is old"


class Violation(enum.Enum):
    """One row a reason: the channel's fate and the sentence for the peer.

    Where a BOLT says 'send a `warning` and close the connection, or send an `error` and fail the
    channel', it is the warning.
    """

    fate: Fate
    sentence: str

    def __init__(self, fate: Fate, sentence: str) -> None:
        self.fate, self.sentence = fate, sentence

    # -- open_channel and accept_channel
    ANNOUNCED = Fate.FORGOTTEN, "announce_channel is set, and we take private channels only"
    ANNOUNCED_ALIAS = Fate.FORGOTTEN, "announce_channel is set beside option_scid_alias"
    CHAIN = Fate.FORGOTTEN, "chain_hash is of another chain"
    TEMPORARY_ID = Fate.FORGOTTEN, "temporary_channel_id is not the one of open_channel"
    FUNDING_TOO_SMALL = Fate.FORGOTTEN, "funding_satoshis is too small"
    FUNDING_TOO_LARGE = Fate.FORGOTTEN, "funding_satoshis needs option_support_large_channel"
    PUSH = Fate.FORGOTTEN, "push_msat is more than funding_satoshis"
    DUST_LIMIT_SMALL = Fate.FORGOTTEN, "dust_limit_satoshis is below 354"
    DUST_LIMIT_LARGE = Fate.FORGOTTEN, "dust_limit_satoshis is too large"
    DUST_ABOVE_RESERVE = Fate.FORGOTTEN, "dust_limit_satoshis is above channel_reserve_satoshis"
    RESERVE_BELOW_OUR_DUST = Fate.FORGOTTEN, "channel_reserve_satoshis is below our dust limit"
    DUST_ABOVE_OUR_RESERVE = Fate.FORGOTTEN, "dust_limit_satoshis is above the reserve we asked for"
    RESERVE_TOO_LARGE = Fate.FORGOTTEN, "channel_reserve_satoshis is too large"
    HTLC_MINIMUM = Fate.FORGOTTEN, "htlc_minimum_msat is too large"
    IN_FLIGHT_TOO_SMALL = Fate.FORGOTTEN, "max_htlc_value_in_flight_msat is too small"
    TO_SELF_DELAY = Fate.FORGOTTEN, "to_self_delay is unreasonably large"
    HTLCS_TOO_MANY = Fate.FORGOTTEN, "max_accepted_htlcs is above 483"
    HTLCS_TOO_FEW = Fate.FORGOTTEN, "max_accepted_htlcs is too small"
    FEERATE_LOW = Fate.FORGOTTEN, "feerate_per_kw is too small for timely processing"
    FEERATE_HIGH = Fate.FORGOTTEN, "feerate_per_kw is unreasonably large"
    FUNDER_CANNOT_PAY = Fate.FORGOTTEN, "the funder cannot pay the fee of the first commitment"
    NOTHING_ABOVE_RESERVE = Fate.FORGOTTEN, "neither side has more than channel_reserve_satoshis"
    MINIMUM_DEPTH = Fate.FORGOTTEN, "minimum_depth is unreasonably large"
    NO_CHANNEL_TYPE = Fate.FORGOTTEN, "channel_type is missing"
    CHANNEL_TYPE = Fate.FORGOTTEN, "channel_type is not one that we support"
    CHANNEL_TYPE_CHANGED = Fate.FORGOTTEN, "channel_type is not the one of open_channel"
    UPFRONT_SCRIPT = Fate.FORGOTTEN, "upfront_shutdown_script has none of the allowed forms"
    COPIED_KEY = Fate.FORGOTTEN, "a key of this channel is one of ours"

    # -- funding
    OPENING_ORDER = Fate.FORGOTTEN, "this message does not belong to this stage of the opening"
    FUNDING_SIGNATURE = Fate.FORGOTTEN, "the signature of the first commitment is not valid"
    CHANNEL_ID = Fate.FORGOTTEN, "channel_id is not that of the funding output"
    FUNDING_TAKEN = Fate.FORGOTTEN, "the funding output is that of another channel"
    FAKE_FUNDING = Fate.FORGOTTEN, "the funding output does not pay the channel's amount and script"

    # -- announcing
    ANNOUNCEMENT_SIGNATURE = Fate.GOES_ON, "a signature in announcement_signatures is not valid"

    # -- updates
    NOT_READY = Fate.GOES_ON, "channel_ready has not been exchanged"
    HTLC_ID = Fate.GOES_ON, "the id of the HTLC is not the next one"
    HTLC_TOO_SMALL = Fate.GOES_ON, "amount_msat is zero or below htlc_minimum_msat"
    HTLC_IN_SECONDS = Fate.GOES_ON, "cltv_expiry is not a block height"
    HTLC_UNAFFORDABLE = Fate.GOES_ON, "the sender cannot afford amount_msat above its reserve"
    HTLC_SLOTS = Fate.GOES_ON, "more HTLCs than max_accepted_htlcs"
    HTLC_IN_FLIGHT = Fate.GOES_ON, "more HTLC value than max_htlc_value_in_flight_msat"
    UNKNOWN_HTLC = Fate.GOES_ON, "no such HTLC is in the current commitment"
    PREIMAGE = Fate.GOES_ON, "payment_preimage does not hash to payment_hash"
    NOT_BADONION = Fate.GOES_ON, "failure_code is without the BADONION bit"
    FEE_NOT_FUNDER = Fate.GOES_ON, "update_fee comes from the side that does not pay the fee"
    FEE_TOO_LOW = Fate.GOES_ON, "update_fee is too low for timely processing"
    FEE_TOO_HIGH = Fate.GOES_ON, "update_fee is unreasonably large"
    FEE_UNAFFORDABLE = Fate.GOES_ON, "the funder cannot afford the fee of update_fee"
    FEE_DUST = Fate.GOES_ON, "update_fee would trim more HTLCs than we risk"
    UPDATE_AFTER_SHUTDOWN = Fate.GOES_ON, "this update is not allowed after shutdown"

    # -- the commitment dance
    COMMITMENT_SIGNATURE = Fate.GOES_ON, "the signature of the commitment is not valid"
    HTLC_SIGNATURE_COUNT = Fate.GOES_ON, "num_htlcs is not the number of HTLC outputs"
    HTLC_SIGNATURE = Fate.GOES_ON, "an htlc_signature is not valid"
    OTHER_FUNDING = Fate.GOES_ON, "funding_txid is not that of this channel"
    NOTHING_TO_REVOKE = Fate.GOES_ON, "no commitment_signed of ours is unanswered"
    REVOKED_SECRET = Fate.PUBLISHED, "per_commitment_secret is not that of the revoked commitment"
    SECRET_CHAIN = Fate.GOES_ON, "per_commitment_secret is not of the chain of the earlier ones"

    # -- closing
    SHUTDOWN_SCRIPT = Fate.GOES_ON, "scriptpubkey of shutdown has none of the allowed forms"
    SHUTDOWN_NOT_UPFRONT = Fate.GOES_ON, "scriptpubkey is not the upfront_shutdown_script"
    SHUTDOWN_CHANGED = Fate.GOES_ON, "a second shutdown with another scriptpubkey"
    SHUTDOWN_PENDING = Fate.GOES_ON, "shutdown while HTLCs of the sender are not committed"
    CLOSING_EARLY = Fate.GOES_ON, "closing_signed before shutdown is complete"
    CLOSING_FEE = Fate.GOES_ON, "fee_satoshis is more than the funder has"
    CLOSING_SIGNATURE = Fate.GOES_ON, "the signature of the closing transaction is not valid"
    CLOSING_NO_PROGRESS = Fate.GOES_ON, "fee_satoshis is not between the last two"
    CLOSING_OUT_OF_RANGE = Fate.GOES_ON, "fee_satoshis is outside both fee ranges"

    # -- re-establishing
    MISSING_FEATURE = Fate.GOES_ON, "init lacks a feature that this channel was opened with"
    NOT_REESTABLISHED = Fate.GOES_ON, "channel_reestablish must come first"
    REESTABLISHED_TWICE = Fate.GOES_ON, "channel_reestablish in the middle of a connection"
    COMMITMENT_NUMBER = Fate.UNDECIDED, "next_commitment_number is one that we never signed up to"
    ASKS_TO_FAIL = Fate.PUBLISHED, "closed for the side that lost the channel, as it asked"
    REESTABLISH_SECRET = Fate.PUBLISHED, "your_last_per_commitment_secret is wrong"
    WE_ARE_BEHIND = Fate.WAITS, "our state is old, please publish your commitment"


class RemoteError(Exception):
    """The peer broke the protocol. Raised inside `step` only, which answers it with effects.

    `detail` goes to the peer behind the sentence; BOLT 1: "SHOULD include the raw, hex-encoded
    transaction" where a signature was wrong.
    """

    def __init__(self, violation: Violation, detail: str = "") -> None:
        super().__init__(violation.sentence)
        self.violation: Final = violation
        self.detail: Final = detail

    @property
    def text(self) -> str:
        """What the peer is told."""
        sentence = self.violation.sentence
        return f"{sentence}: {self.detail}" if self.detail else sentence


def require(holds: bool, violation: Violation, detail: str = "") -> None:
    """Raise `RemoteError` unless the peer kept the rule."""
    if not holds:
        raise RemoteError(violation, detail)


# -- refused
class RefusalReason(enum.Enum):
    """Why a command cannot be done now: what the screen calls it, and a plain sentence."""

    code: RefusalCode
    sentence: str

    def __init__(self, code: RefusalCode, sentence: str) -> None:
        self.code, self.sentence = code, sentence

    NOT_CONNECTED = RefusalCode.PEER_UNREACHABLE, "The peer is not connected."
    NOT_READY = RefusalCode.NOT_READY, "The channel is still being opened."
    REORGANISED = RefusalCode.NOT_READY, "The funding transaction is not deep enough in the chain."
    CLOSING = RefusalCode.CHANNEL_BUSY, "The channel is being closed."
    CLOSED = RefusalCode.CHANNEL_BUSY, "The channel is closed."
    OLD_STATE = (
        RefusalCode.CHANNEL_BUSY,
        "Our copy of this channel is old: publishing it would lose everything in it.",
    )
    NOT_POSITIVE = RefusalCode.BAD_INPUT, "The amount must be more than nothing."
    BELOW_MINIMUM = RefusalCode.TOO_SMALL, "The peer does not take amounts this small."
    EXPIRY = RefusalCode.BAD_INPUT, "The expiry is not a block height that can be used."
    BALANCE = RefusalCode.NOT_ENOUGH, "The balance, less the reserve, is not enough."
    FEE = RefusalCode.NOT_ENOUGH, "The balance must also cover the channel's own fee."
    FEE_SPIKE = RefusalCode.NOT_ENOUGH, "The balance must also cover the channel's fee if it rises."
    PEER_FEE = RefusalCode.NOT_ENOUGH, "The peer could not pay the channel's fee with this payment."
    IN_FLIGHT = RefusalCode.NOT_ENOUGH, "Too much would be under way in this channel at once."
    SLOTS = RefusalCode.NOT_ENOUGH, "Too many payments are under way in this channel."
    DUST = RefusalCode.NOT_ENOUGH, "Too many small payments are under way in this channel."
    FEERATE = RefusalCode.BAD_INPUT, "The feerate is outside what we allow for this channel."
    FUNDING_AMOUNT = (
        RefusalCode.BAD_INPUT,
        "A channel of this size is outside what this peer and we allow.",
    )
    PUSH_AMOUNT = RefusalCode.BAD_INPUT, "More would be given away than the channel holds."
    PUSH_FEE = (
        RefusalCode.BAD_INPUT,
        "So much would be given away that the rest does not pay the channel's own fee.",
    )
    PEER_FEATURES = RefusalCode.PEER_REFUSED, "The peer lacks a feature that this channel needs."
    PEER_TERMS = RefusalCode.PEER_REFUSED, "The peer's answer breaks the protocol or our limits."
    PEER_ERROR = RefusalCode.PEER_REFUSED, "The peer does not want this channel."
    FUNDING_TX = RefusalCode.BAD_INPUT, "The funding transaction does not fit this channel."
    SCRIPT = RefusalCode.BAD_INPUT, "The channel cannot be closed to this address."
    SCRIPT_FIXED = RefusalCode.BAD_INPUT, "The closing address of this channel is fixed already."


@dataclass(frozen=True, slots=True)
class ChannelRefusal:
    """A command was refused. `limit` is the largest (or smallest) amount that would have passed.

    `violation` says what was wrong with the peer's terms, `said` what the peer gave as its reason.
    """

    reason: RefusalReason
    limit: Msat | None = None
    violation: Violation | None = None
    said: Untrusted | None = None


# -- why our commitment is published
@dataclass(frozen=True, slots=True)
class CloseRule:
    """A reason to publish, with the BOLT's sentence and what others do."""

    sentence: str
    bolt: str
    others: str


class CloseReason(enum.Enum):
    """The five reasons for which our commitment is published; the value is what is stored."""

    USER = "the user said so"
    HTLC_DEADLINE = "an HTLC deadline"
    PEER_ERROR = "the peer asked for it"
    WRONG_SECRET = "the peer gave a wrong secret"  # noqa: S105 - not a password
    NO_CLOSING_FEE = "no agreement on a closing fee"


CLOSE_REASONS: Final[dict[CloseReason, CloseRule]] = {
    CloseReason.USER: CloseRule(
        "You asked for it.",
        'BOLT 5: "The bad way (*unilateral close*): something goes wrong, possibly without evil '
        'intent on either side."',
        "all of them have the command",
    ),
    CloseReason.HTLC_DEADLINE: CloseRule(
        "A payment had to be settled on chain before its deadline.",
        "BOLT 2: \"if an HTLC it has fulfilled is in either node's current commitment transaction, "
        'AND is past this fulfillment deadline: [...] MUST fail the channel."',
        "LND, Eclair and LDK publish, at 10, 24 and 36 blocks before expiry",
    ),
    CloseReason.PEER_ERROR: CloseRule(
        "The peer gave the channel up.",
        'BOLT 1: "MUST fail the channel referred to by `channel_id`, if that channel is with the '
        'sending node."',
        'Eclair and LDK publish; Eclair not for "internal error" and "link failed to shutdown", '
        "LDK not for the second; LND only drops the link",
    ),
    CloseReason.WRONG_SECRET: CloseRule(
        "The peer broke the protocol in a way that the channel cannot survive.",
        'BOLT 2: "if `per_commitment_secret` is not a valid secret key or does not generate the '
        'previous `per_commitment_point`: MUST send an `error` and fail the channel."',
        "LND, Eclair and LDK publish",
    ),
    CloseReason.NO_CLOSING_FEE: CloseRule(
        "No closing fee could be agreed on for a day.",
        "BOLT 2: \"MUST fail the channel if it doesn't receive a satisfying `fee_range` after a "
        'reasonable amount of time"',
        "LDK publishes after a minute without agreement; LND and Eclair negotiate on",
    ),
}

HARMLESS_ERRORS: Final = frozenset({b"internal error", b"link failed to shutdown"})
"""LND sends these as `error` though its channel is well."""
