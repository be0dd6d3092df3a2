"""Every number that is our choice and not the BOLTs', each with its reason: in one frozen object
what channels, claims and their payments depend on, and above it what is the same for everybody.

Rates are sat/kw, delays and depths blocks, shares percent; other units are named. How much a room
buffers, or how often it looks again, is its own affair.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.network import Network

# BOLT 2: "`dust_limit_satoshis` is smaller than `354 satoshis`" must fail the channel.
MIN_DUST_LIMIT: Final = Sat(354)
# BOLT 2: "`max_accepted_htlcs` is greater than 483" must fail the channel.
MOST_HTLCS: Final = 483
# BOLT 2: without `option_support_large_channel`, `funding_satoshis` must be less than 2^24.
LARGE_CHANNEL: Final = Sat(1 << 24)
# A coinbase output cannot be spent for 100 blocks, nor anything that hangs on it be enforced.
COINBASE_MATURITY: Final = 100
# BOLT 7: "If the funding transaction has less than 6 confirmations: MUST NOT send
# `channel_announcement`"; our half waits as long, since a reorganisation would make it worthless.
ANNOUNCEMENT_DEPTH: Final = 6

WITHOUT_CHANNELS: Final = frozenset({Network.MAINNET})
"""Where channels are refused, ours and those of peers, until deadlines, reorganisations, the guard
and verified backups are done: real money waits for them. Emptying this set ends it."""

# -- transactions of our coins
SANE_FEE: Final = Sat(20_000)
"""No transaction costs more unless asked for: two in, two out at 100 sat/vB…"""
SANE_FEE_PERCENT: Final = 10
"""…or a tenth of what is paid, where that is more."""

MOST_WAITING_TOGETHER: Final = 25
"""Transactions that wait for a block and hang together, the newest included: before version 31,
which counts otherwise and takes more, Bitcoin Core passes on none with more ancestors or more
descendants than that. Most nodes are older for years."""

HIGHEST_FEERATE: Final = 250_000
"""1,000 sat/vB: what more than that is typed is a slip of the finger, or of a unit. No multiple of
an estimate is a bound for it: that may be nothing but the least that peers pass on. Below it
`SANE_FEE` keeps a slip from costing much."""
HIGHEST_TOLD_FEERATE: Final = HIGHEST_FEERATE
"""1,000 sat/vB: a peer that names more has not the chain yet, in a block that took more somebody
paid by mistake or fought for a place; neither is a guide."""
PEERS_MAY_LAG: Final = 2
"""Blocks that a peer may be behind our tip, as far as we know: the news of one takes seconds."""
BLOCK_FEES_KEPT: Final = 144
"""Blocks after which what one took says nothing of today: nights and weekends are cheap."""

# -- payments
PAYER_MARGIN: Final = 3
"""Blocks added to the payee's `min_final_cltv_expiry_delta`: they may be found on the way."""
SHADOW_BLOCKS: Final = 36
"""BOLT 7 "shadow route": up to so many blocks are added, so that the expiry tells no distance."""
RETRY_LOCK: Final = 288
"""Blocks for which a later try may lock more than the first ones: two nodes more that ask for a day
each, as Eclair does. What a payer is told before paying holds for every try; without this nothing
nearer than `max_htlc_cltv`, two weeks, could be told."""
DEADLINE_MARGIN: Final = 3
"""Blocks between the nearest expiry that we take and the deadline to go to chain; LND's too."""
MAX_ATTEMPTS: Final = 40
"""HTLCs for one payment. Each asks something of others; after so many the way is not the reason."""
RETRY_SECONDS: Final = 60
"""No new attempt after that: who pays at a counter does not wait longer, nor does the payee."""
MAX_PARTS: Final = 16
"""HTLCs at once for one payment; LND's default. Each takes a slot in every channel it passes."""
SET_TIMEOUT: Final = 60
"""Seconds for all parts of a payment. BOLT 4: "SHOULD wait for at least 60 seconds"."""
BLIND_SECONDS: Final = 7_200
"""Since the time of the newest block: there will be newer ones that we do not know, and nothing
that comes to us can be judged by its expiry. So long without a block is once in some years;
Electrum waits for eight hours."""
MOST_HELD: Final = MOST_HTLCS
"""A channel never holds more HTLCs of one side, so what was refused before is gone."""
MOST_UNPAID_ONIONS: Final = 50_000
"""Of payments that passed and were not paid, to know them again: some 20 MB. They cost who sends
them nothing, so the oldest give way."""
MOST_HINTS: Final = 3
"""Each makes the invoice 85 characters longer and its QR harder to read."""

# -- the date until which nothing need watch
AWAY_NOTICES: Final = (48 * 3_600, 12 * 3_600, 0)
"""Seconds before it at which a notice on the desktop is due: two days, in which who travels finds a
connection; half a day, which no night sleeps through; and once more when it has passed."""
SUREST_AWAY_NOTICE: Final = 12 * 3_600
"""The one that comes even if the date was nearer already when it became known."""

# -- connections, in milliseconds
SET_UP_MS: Final = 30_000
"""Handshake and `init` together; a circuit over Tor needs some seconds, a stalled peer for ever."""
SILENCE_MS: Final = 30_000
"""After so long without a message we `ping`, as Eclair does, and sign nothing before we hear more;
Core Lightning waits as long."""
ANSWER_MS: Final = 60_000
"""So long we wait for any message after a `ping`."""
CROSSING_MS: Final = 30_000
"""Links of both directions that began within this time are one attempt of two sides."""
FIRST_REDIAL_MS: Final = 1_000
"""Before a peer that is needed is dialled again; each failure doubles it…"""
LONGEST_REDIAL_MS: Final = 300_000
"""…up to this: nobody waits longer for a peer that is back."""
STABLE_MS: Final = 60_000
"""A connection that ended sooner counts as a failure: a peer that hangs up after `init` must not
be dialled in a tight loop."""

# -- strangers
MOST_STRANGERS: Final = 64
"""Connections to us whose handshake is not done; more are turned away at once."""
MOST_GUESTS: Final = 64
"""Connected peers whom the owner has not named and with whom we have nothing. They cost memory and
a socket each; nothing of them is kept once they are gone."""
MOST_PENDING: Final = 3
"""Channels by peers at one time that no block holds yet; each peer may have one. They cost the peer
nothing, and us a row and a look with each block for two weeks."""
MOST_UNPAID: Final = 20
"""The same, with those that the peer has left or given up: a peer that crashes during an opening
has forgotten it, and must not have to wait for two weeks."""

MOST_PROPOSALS: Final = 30
"""Channels that one peer may propose in an hour. Who looks for terms that we take needs a few."""
MOST_PROPOSALS_OF_STRANGERS: Final = 300
"""The same of all whom the owner has not named: a new key costs them nothing either."""
MOST_SPARE_NUMBERS: Final = 10
"""Keys of channels that were shown to a peer and signed nothing: each is kept for that peer until
there are so many. More than `MOST_PENDING`, so that who comes next seldom sees those of another;
far fewer than a restored wallet looks for."""
OPENING_MS: Final = 600_000
"""A peer that was told how we accept its channel has so long to name the funding output; LND waits
as long. Who signs by hand needs minutes, and whoever does not go on keeps others from opening."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What we ask, accept and promise. The defaults are for real money."""

    # -- what we ask of a peer when a channel is opened
    dust_limit: Annotated[
        Sat, "the largest dust threshold of any output script; everybody accepts it"
    ] = Sat(546)
    reserve_percent: Annotated[int, "BOLT 2 suggests it; Electrum refuses more"] = 1
    min_reserve: Annotated[Sat, "LDK asks the same; less is no deterrent"] = Sat(1_000)
    to_self_delay: Annotated[
        int, "a laptop is shut for two weeks; the most that peers accept; it costs them, not us"
    ] = 2_016
    max_accepted_htlcs: Annotated[int, "keeps a penalty small and jamming cheap to undo"] = 30
    in_flight_percent: Annotated[int, "a wallet is paid with one large HTLC, not relays many"] = 100
    htlc_minimum: Annotated[Msat, "smaller payments cost a wallet nothing"] = Msat(1)
    small_channel_depth: Annotated[int, "Electrum's; a reorganisation of 3 has not been seen"] = 3
    large_channel_depth: Annotated[int, "more at stake, more to gain by a double spend"] = 6
    large_channel: Annotated[Sat, "from here on `large_channel_depth`"] = Sat(10_000_000)

    # -- what we accept from a peer
    min_funding: Annotated[Sat, "below it reserve and fees eat the channel"] = Sat(20_000)
    max_dust_limit: Annotated[Sat, "Eclair's; each trimmed HTLC may be burnt as fee"] = Sat(5_000)
    max_reserve_percent: Annotated[int, "Eclair's; a reserve is money that we cannot use"] = 5
    max_to_self_delay: Annotated[int, "LND, LDK, Eclair and Electrum draw the line here"] = 2_016
    max_minimum_depth: Annotated[int, "a day until a channel can be used"] = 144
    max_htlc_minimum: Annotated[Msat, "small payments must get through"] = Msat(100_000)
    min_in_flight_percent: Annotated[int, "LDK asks for 10 by default; less than 1 is unusable"] = 1
    min_accepted_htlcs: Annotated[int, "none would be a channel that cannot pay"] = 1

    # -- commitment feerates
    min_feerate: Annotated[int, "1 sat/vB, rounded so that it is relayed"] = 253
    guessed_feerate: Annotated[
        int, "10 sat/vB, where nobody told what blocks take: enough in most weeks of the last years"
    ] = 2_500
    anchors_feerate_floor_percent: Annotated[
        int, "anchors pay the rest by a child; the commitment itself must only be relayed"
    ] = 125
    max_anchors_feerate: Annotated[int, "10 sat/vB, LND's cap: above it a child is cheaper"] = 2_500
    min_feerate_percent: Annotated[
        int, "without anchors, of our feerate for today: a peer's estimate may differ by half"
    ] = 50
    max_feerate_multiple: Annotated[int, "a peer's estimate may differ, not by ten times"] = 10
    feerate_always_accepted: Annotated[int, "for real money no feerate passes unseen"] = 0
    feerate_step_percent: Annotated[
        int, "by less than that the funder leaves the feerate as it is: each change is a round trip"
    ] = 20
    max_fee_percent: Annotated[
        int, "an old state must not commit more to fees than its loser could pay (excess fee theft)"
    ] = 10

    # -- limits while the channel is in use
    fee_spike_multiple: Annotated[
        int, "BOLT 2 recommends it: the funder stays able to add an HTLC after a fee rise"
    ] = 2
    max_dust_exposure: Annotated[
        Msat, "what a miner and a peer together could take by trimmed HTLCs"
    ] = Msat(25_000_000)
    max_dust_exposure_percent: Annotated[int, "the same for small channels; the smaller counts"] = 5

    # -- deadlines
    fulfilment_deadline: Annotated[
        int, "blocks before expiry at which a fulfilled HTLC is taken to chain: LDK's margin"
    ] = 36
    timeout_grace: Annotated[int, "blocks after expiry that the peer has to fail our HTLC: LDK"] = 3
    timeout_patience: Annotated[
        int,
        "the same where nobody in front waits: nothing is lost, so the user has a day to choose",
    ] = 144
    unproved_patience: Annotated[
        int,
        "seconds to tell us that our folder is an old copy, if a late payment is all that presses",
    ] = 43_200
    max_htlc_cltv: Annotated[int, "BOLT 4: the longest that a route may lock our money"] = 2_016
    final_cltv_delta: Annotated[int, "the lid may be shut over night before we settle"] = 144
    funding_timeout: Annotated[int, "BOLT 2: a fundee forgets a funding not seen by then"] = 2_016
    funding_bump: Annotated[
        int, "as funder: three days; the change pays for a child, a replacement would be another"
    ] = 432
    funding_warning: Annotated[int, "as funder: four days before the peer may forget it"] = 1_440
    closing_fee_patience: Annotated[
        int, "seconds without overlap of closing fees before our commitment is published"
    ] = 86_400
    revocation_timeout: Annotated[
        int, "seconds for the answer to a `commitment_signed`, then we connect anew: Eclair"
    ] = 60
    closing_answer_time: Annotated[
        int, "seconds that a peer has to answer after it came back, however long it was away"
    ] = 600

    # -- what a payment may cost, unless the user says otherwise
    payment_fee_percent: Annotated[int, "of the amount; routes are dearer where few have one"] = 1
    min_payment_fee: Annotated[Msat, "a percentage of a small payment pays for no hop"] = Msat(
        5_000
    )

    # -- claims on chain
    hurry: Annotated[int, "blocks for what somebody else could take first: an hour"] = 6
    no_hurry: Annotated[int, "blocks for what only we can take: a day"] = 144
    security_delay: Annotated[
        int, "BOLT 5 recommends 18 blocks: so near to its deadline a claim is taken by itself"
    ] = 18
    fee_climb: Annotated[
        int, "times the last offer, at most: what did not confirm says more than an estimate"
    ] = 4
    waiting_percent: Annotated[
        int, "more, for what waited as long as `no_hurry`, and no more than `bump_feerate` for that"
    ] = 50
    replacement_step: Annotated[
        int, "1 sat/vB, what nodes before Core 30 ask a replacement to pay for its own relay"
    ] = 253
    replacement_step_percent: Annotated[
        int, "signatures differ in size: by so much a replacement is better whatever their luck"
    ] = 2
    buried: Annotated[
        int, "blocks after which a spend counts, at least: no reorganisation was ever so deep"
    ] = 6
    least_reward: Annotated[
        Sat, "of a block, from 2028 on: a reorganisation must cost more of them than it could bring"
    ] = Sat(156_250_000)
    fresh_offer: Annotated[
        int, "milliseconds: who catches up reads many blocks at once, and must not outbid himself"
    ] = 30_000

    # -- what stays on chain for them
    bump_feerate: Annotated[
        int, "50 sat/vB: the fees at which a channel with anchors must still be closed in time"
    ] = 12_500
    bump_claims: Annotated[
        int, "HTLCs a channel that are taken to chain at those fees; more wait for change"
    ] = 2

    def __post_init__(self) -> None:
        assert self.min_reserve >= self.dust_limit >= MIN_DUST_LIMIT
        assert 0 < self.max_accepted_htlcs <= MOST_HTLCS

    def minimum_depth(self, funding: Sat) -> int:
        """Confirmations after which a peer's channel of this size counts."""
        large = funding > self.large_channel
        return self.large_channel_depth if large else self.small_channel_depth

    def reserve(self, funding: Sat, their_dust_limit: Sat) -> Sat:
        """What we ask the peer to keep on its side."""
        share = Sat(funding.value * self.reserve_percent // 100)
        return max(share, self.min_reserve, their_dust_limit)

    def max_reserve(self, funding: Sat) -> Sat:
        """The most we agree to keep on ours."""
        return Sat(funding.value * self.max_reserve_percent // 100)

    def burial(self, at_stake: Sat) -> int:
        """Confirmations after which a spend counts that decides about so much: who undoes it pays
        with the rewards of as many blocks."""
        return max(self.buried, 1 + -(-at_stake.value // self.least_reward.value))

    def dust_exposure(self, funding: Sat) -> Msat:
        """The most that trimmed HTLCs may add up to in a commitment of either side."""
        share = funding.to_msat() // 100 * self.max_dust_exposure_percent
        return min(share, self.max_dust_exposure)

    def max_payment_fee(self, amount: Msat) -> Msat:
        """The most that a payment of this amount may cost, unless the user says otherwise."""
        return max(amount * self.payment_fee_percent // 100, self.min_payment_fee)


POLICY: Final = Policy()
REGTEST_POLICY: Final = Policy(
    feerate_always_accepted=50_000,  # Electrum 4.3 funds and updates at 45,000 sat/kw there
    guessed_feerate=0,  # blocks are as empty as their maker likes
)
