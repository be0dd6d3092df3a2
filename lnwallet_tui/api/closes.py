"""How a channel came to its end: each step with what this wallet knew when it was taken."""

from __future__ import annotations

import enum

import msgspec

from lnwallet_tui.api.untrusted import Untrusted


class CloseBegan(enum.Enum):
    """Who took a step towards the end of a channel, and why; the values are stored."""

    WE_TOGETHER = "we, together"  # the user's command
    THEY_TOGETHER = "they, together"
    COMMAND = "we, by command"  # alone, as all that follow
    DEADLINE = "we, for a deadline"
    PEER_ERROR = "we, after their error"
    PEER_FAULT = "we, after their fault"
    NO_CLOSING_FEE = "we, for want of a fee"
    THEY_ALONE = "they, alone"


class CloseStepView(msgspec.Struct, frozen=True, kw_only=True):
    """A step, as it was recorded at block `height`.

    Amounts are those of the channel's balances then, `outgoing_msat` and `incoming_msat` what was
    under way in its `htlcs`. `our_number` is the number of our commitment, `revoked_number` of the
    newest that the peer had revoked (-1: none). `fault` is what the peer did wrong, in our words,
    and `said` what it said. Where an HTLC's deadline decided, it is described, else its id is -1.
    """

    began: CloseBegan
    height: int
    time: int
    ours_msat: int
    theirs_msat: int
    htlcs: int
    outgoing_msat: int
    incoming_msat: int
    peer_online: bool
    commitment_feerate_per_kw: int
    soon_feerate_per_kw: int
    our_number: int
    revoked_number: int
    fault: str = ""
    said: Untrusted = Untrusted("")
    deadline_htlc_id: int = -1
    deadline_outgoing: bool = False
    deadline_amount_msat: int = 0
    deadline_expiry: int = 0
