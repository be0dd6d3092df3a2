"""Adding the wallet's coins: the child of an anchor, and HTLC transactions that pay no fee.

Both are the same work: inputs and outputs that are fixed, coins added behind them until the fee is
met, and one output of change. The coins are the wallet's; whoever calls signs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, fee_of_tx, whole_vbytes
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.channel.scripts import anchor_script
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.replacement import fee_to_replace
from lnwallet_tui.coins.weights import INPUT_WEIGHT, dust_threshold, output_weight, tx_weight
from lnwallet_tui.onchain.claim import NO_DELAY, AnchorKey, Claim
from lnwallet_tui.onchain.facts import ChannelFacts
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.policy import POLICY, Policy


@dataclass(frozen=True, slots=True)
class NotEnoughCoins:
    """The coins given do not pay for it; so much more in one coin would."""

    missing: Sat


@dataclass(frozen=True, slots=True)
class Funded:
    """An unsigned transaction whose first input is the channel's; the wallet signs the others.

    `coins[i]` is spent by input `i + 1`. `fee` is what it pays by itself.
    """

    tx: Tx
    coins: tuple[Coin, ...]
    fee: Sat


# -- the child of an anchor


@dataclass(frozen=True, slots=True)
class AnchorChild:
    """A child that makes miners take its parent; publish both together, the parent first.

    `funded` is to be signed by the channel's signer (`sign`) and then for its coins.
    """

    anchor: Claim
    funded: Funded

    def sign(self, signer: ChannelSigner) -> Tx:
        """The child with the anchor's witness; those of the coins are still missing."""
        return self.anchor.sign(self.funded.tx, 0, signer)


def our_anchor(facts: ChannelFacts, tx: Tx) -> Claim | None:
    """Our anchor in a commitment of either side, confirmed or not."""
    script = anchor_script(facts.ours.holder.funding_pubkey)
    for vout, txout in enumerate(tx.outputs):
        if facts.ours.anchors and txout.script_pubkey == p2wsh(script):
            return Claim(tx.outpoint(vout), txout.value, script, AnchorKey(), earliest=0)
    return None


def fee_of(facts: ChannelFacts, tx: Tx) -> Sat:
    """What a transaction that spends the funding output alone pays."""
    return facts.ours.funding_value - sum((txout.value for txout in tx.outputs), ZERO_SAT)


def anchor_child(
    facts: ChannelFacts,
    parent: Tx,
    coins: Sequence[Coin],
    change_script: bytes,
    feerate_per_kw: int,
    *,
    replaced: Sat = ZERO_SAT,
    policy: Policy = POLICY,
) -> AnchorChild | NotEnoughCoins | None:
    """A child with which `parent`, a signed commitment of either side, pays so much in all.

    None if the parent does so alone, or has no anchor of ours. Give it confirmed coins; they are
    taken in the order given, as few as are needed. To replace a child that pays the fee `replaced`,
    ask for a feerate that does (`least_replacement`). What both pay stays below half of what
    is ours in the channel, whatever the feerate asked for.
    """
    # BOLT 5: "MUST spend any `to_local_anchor` output, providing sufficient fees as incentive to
    # include the commitment transaction in a block."
    anchor = our_anchor(facts, parent)
    if anchor is None:
        return None
    feerate = min(feerate_per_kw, highest_feerate(facts, parent, change_script))
    needed = fee_of_tx(feerate, parent.weight)
    missing = needed.minus_or_zero(fee_of(facts, parent))
    if not missing:
        return None
    child = _Draft(
        first=TxIn(anchor.outpoint, sequence=anchor.sequence),
        value=anchor.value,
        outputs=(),
        weight=tx_weight(0, ()) + anchor.input_weight,
        extra_fee=missing,
        locktime=0,
        replaced=replaced,
        policy=policy,
    )
    funded = _fund(child, coins, change_script, feerate)
    return funded if isinstance(funded, NotEnoughCoins) else AnchorChild(anchor, funded)


def highest_feerate(facts: ChannelFacts, parent: Tx, change_script: bytes) -> int:
    """The feerate of parent and child above which both would pay half of what is at stake."""
    anchor = our_anchor(facts, parent)
    input_weight = 0 if anchor is None else anchor.input_weight
    least_weight = parent.weight + tx_weight(1, (change_script,)) + input_weight
    return _at_stake(facts).value // 2 * 1000 // least_weight


def _at_stake(facts: ChannelFacts) -> Sat:
    """Our balance, and every HTLC: each may be ours in the end."""
    spec = facts.our_commitment.spec
    return sum((htlc.amount for htlc in spec.htlcs), spec.to_local).floor_sat()


# -- the second stage on anchors


def fund_second_stage(
    stage: SecondStage,
    coins: Sequence[Coin],
    change_script: bytes,
    feerate_per_kw: int,
    *,
    replaced: Sat = ZERO_SAT,
    policy: Policy = POLICY,
) -> Funded | NotEnoughCoins:
    """The HTLC transaction with coins that pay its fee; sign it with `SecondStage.sign`.

    `replaced` is the fee of what it is to replace, zero for nothing.
    """
    # BOLT 5: "MUST combine it with inputs contributing sufficient fee to ensure timely inclusion"
    tx = stage.transaction.tx
    draft = _Draft(
        first=tx.inputs[0],
        value=stage.transaction.value,
        outputs=tx.outputs,
        weight=stage.weight,
        extra_fee=ZERO_SAT,
        locktime=tx.locktime,
        replaced=replaced,
        policy=policy,
    )
    return _fund(draft, coins, change_script, feerate_per_kw)


# -- both


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is fixed: the first input worth `value`, `outputs`, their weight when signed, and the
    fee of what it is to replace, zero for nothing."""

    first: TxIn
    value: Sat
    outputs: tuple[TxOut, ...]
    weight: int
    extra_fee: Sat
    locktime: int
    replaced: Sat
    policy: Policy

    @property
    def paid(self) -> Sat:
        return sum((txout.value for txout in self.outputs), ZERO_SAT)

    def with_coins(self, coins: Sequence[Coin], change: TxOut) -> Tx:
        added = (TxIn(coin.outpoint, sequence=NO_DELAY) for coin in coins)
        return Tx(2, (self.first, *added), (*self.outputs, change), self.locktime)

    def fee(self, inputs: int, change_script: bytes, feerate_per_kw: int) -> Sat:
        """With inputs of coins that weigh so much together."""
        weight = whole_vbytes(self.weight + inputs + output_weight(change_script))
        fee = fee_at_least(feerate_per_kw, weight) + self.extra_fee
        replaced = (self.replaced,) if self.replaced else ()
        return max(fee, fee_to_replace(replaced, weight, self.policy))


def _fund(
    draft: _Draft, coins: Sequence[Coin], change_script: bytes, feerate_per_kw: int
) -> Funded | NotEnoughCoins:
    least_change = dust_threshold(change_script)
    for used in range(1, len(coins) + 1):
        chosen = tuple(coins[:used])
        have = draft.value + sum((coin.value for coin in chosen), ZERO_SAT)
        inputs = sum(coin.input_weight for coin in chosen)
        fee = draft.fee(inputs, change_script, feerate_per_kw)
        if have >= draft.paid + fee + least_change:
            change = TxOut(have - draft.paid - fee, change_script)
            return Funded(draft.with_coins(chosen, change), chosen, fee)
    have = draft.value + sum((coin.value for coin in coins), ZERO_SAT)
    inputs = sum(coin.input_weight for coin in coins) + INPUT_WEIGHT
    needed = draft.paid + draft.fee(inputs, change_script, feerate_per_kw) + least_change
    return NotEnoughCoins(needed.minus_or_zero(have))
