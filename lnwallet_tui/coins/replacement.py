"""A transaction that takes the place of one of ours that waits, and pays more (BIP125)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, whole_vbytes
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.coins.build import (
    REPLACEABLE,
    BuiltTx,
    Conditions,
    expect_sane_fee,
    least_change,
)
from lnwallet_tui.coins.coin import Coin, total_of, total_paid, weight_of
from lnwallet_tui.coins.refusals import FeerateTooLow, InsufficientFunds
from lnwallet_tui.coins.weights import dust_threshold
from lnwallet_tui.policy import Policy


def least_replacement(before: int, policy: Policy) -> int:
    """The lowest feerate with which a transaction replaces one that offered `before`."""
    return before + max(policy.replacement_step, before * policy.replacement_step_percent // 100)


def fee_to_replace(replaced: Iterable[Sat], weight: int, policy: Policy) -> Sat:
    """The least fee of a transaction of `weight` that pushes out others with these fees.

    Zero where there are none. Beside it the feerate must be `least_replacement` of each: then it
    is relayed by the rules of BIP125 and by those of Core 31 (the feerate diagram) alike.
    """
    # BIP125: "3. The replacement transaction pays an absolute fee of at least the sum paid by the
    # original transactions. 4. The replacement transaction must also pay for its own bandwidth at
    # or above the rate set by the node's minimum relay fee setting."
    fees = tuple(replaced)
    if not fees:
        return ZERO_SAT
    return sum(fees, ZERO_SAT) + fee_at_least(policy.replacement_step, weight)


@dataclass(frozen=True, slots=True)
class Original:
    """What is replaced: a signed transaction whose inputs are all `coins`, in their order.

    `change` is the index of what comes back to us, `pays` of the output that gives the higher fee:
    the change, or the payment where that is of everything. `lacking` is what unconfirmed
    transactions before it pay too little: a miner takes it with them or not at all.
    """

    tx: Tx
    coins: tuple[Coin, ...]
    change: int | None
    pays: int | None
    lacking: Sat = ZERO_SAT

    @property
    def fee(self) -> Sat:
        """What it pays."""
        return total_of(self.coins) - total_paid(self.tx.outputs)

    @property
    def feerate(self) -> int:
        """What it pays for its weight, rounded up."""
        return -(-self.fee.value * 1000 // self.tx.weight)

    @property
    def pays_from_change(self) -> bool:
        """Whether the output that gives the fee is ours, so that it may vanish."""
        return self.pays == self.change


def build_replacement(
    original: Original,
    more: Sequence[Coin],
    change_script: bytes,
    conditions: Conditions,
    policy: Policy,
) -> BuiltTx:
    """The same payments for a higher fee: from the change, and then from as few of `more` coins as
    do it, in the order given; these must be confirmed. Its places are those of the original.

    Raises `FeerateTooLow`, `InsufficientFunds` or `FeeTooHigh`.
    """
    least = least_replacement(original.feerate, policy)
    if conditions.feerate_per_kw < least:
        raise FeerateTooLow(conditions.feerate_per_kw, least)
    # BIP125: "2. The replacement transaction may only include an unconfirmed input if that input
    # was included in one of the original transactions."
    assert all(coin.height is not None for coin in more), "added coins are confirmed"
    usable = more if original.pays_from_change else ()
    draft = _Draft(original, change_script, conditions, policy)
    for count in range(len(usable) + 1):
        built = draft.with_coins((*original.coins, *usable[:count]))
        if built is not None:
            paid = total_paid(built.tx.outputs) - built.change_value
            expect_sane_fee(built.fee, paid, conditions.max_fee)
            return built
    raise InsufficientFunds(draft.missing((*original.coins, *usable)), ZERO_SAT)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What stays the same whichever coins are added."""

    original: Original
    change_script: bytes
    conditions: Conditions
    policy: Policy

    @property
    def fixed(self) -> tuple[TxOut, ...]:
        """All outputs but the one that gives the fee."""
        outputs = self.original.tx.outputs
        return tuple(one for at, one in enumerate(outputs) if at != self.original.pays)

    @property
    def giving(self) -> bytes:
        """The script of the output that gives the fee."""
        pays = self.original.pays
        return self.change_script if pays is None else self.original.tx.outputs[pays].script_pubkey

    @property
    def least(self) -> Sat:
        """The least that this output may hold."""
        if self.original.pays_from_change:
            return least_change(self.giving, self.conditions.feerate_per_kw)
        return dust_threshold(self.giving)

    def fee(self, coins: Sequence[Coin], outputs: Sequence[TxOut]) -> Sat:
        weight = whole_vbytes(weight_of(coins, [one.script_pubkey for one in outputs]))
        wanted = fee_at_least(self.conditions.feerate_per_kw, weight) + self.original.lacking
        return max(wanted, fee_to_replace((self.original.fee,), weight, self.policy))

    def with_coins(self, coins: tuple[Coin, ...]) -> BuiltTx | None:
        """The replacement that spends exactly these, if they pay for it."""
        there = total_of(coins).minus_or_zero(total_paid(self.fixed))
        left = there.minus_or_zero(self.fee(coins, self._and(ZERO_SAT)))
        if left >= self.least:
            return self._built(coins, self._and(left), kept=True)
        alone = self.original.pays_from_change and bool(self.fixed)
        if alone and there >= self.fee(coins, self.fixed):
            return self._built(coins, self.fixed, kept=False)
        return None

    def missing(self, coins: tuple[Coin, ...]) -> Sat:
        """What these lack."""
        needed = total_paid(self.fixed) + self.fee(coins, self._and(ZERO_SAT)) + self.least
        return max(needed.minus_or_zero(total_of(coins)), Sat(1))

    def _and(self, value: Sat) -> tuple[TxOut, ...]:
        """The fixed outputs with the giving one in its place; a new one comes last."""
        pays = self.original.pays
        at = len(self.fixed) if pays is None else pays
        return (*self.fixed[:at], TxOut(value, self.giving), *self.fixed[at:])

    def _built(self, coins: tuple[Coin, ...], outputs: tuple[TxOut, ...], *, kept: bool) -> BuiltTx:
        change = self.original.change
        if self.original.pays_from_change:
            at = len(self.fixed) if change is None else change
            change = at if kept else None
        tx = Tx(
            version=2,
            inputs=tuple(TxIn(coin.outpoint, sequence=REPLACEABLE) for coin in coins),
            outputs=outputs,
            locktime=self.conditions.height,
        )
        return BuiltTx(tx, coins, total_of(coins) - total_paid(outputs), change)
