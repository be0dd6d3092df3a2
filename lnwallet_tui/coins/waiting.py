"""How many unconfirmed transactions may hang together.

Nodes pass on no more of them: who made another one would see it wait without a word from anybody.
Only transactions of ours are counted; what others built on them is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.coins import keep
from lnwallet_tui.coins.build import BuiltTx, Conditions
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.keep import Keep
from lnwallet_tui.coins.ledger import Ledger
from lnwallet_tui.coins.refusals import CoinsRefused, TooManyWaiting
from lnwallet_tui.policy import MOST_WAITING_TOGETHER


def expect_room(waiting: Iterable[Tx], built: BuiltTx) -> BuiltTx:
    """The same again. Raises what `expect_room_for` does."""
    expect_room_for(waiting, built.tx)
    return built


def expect_room_for(waiting: Iterable[Tx], new: Tx) -> None:
    """Raises `TooManyWaiting` where it would make too many of those that wait for a block."""
    known = {tx.txid: tx for tx in waiting}
    before = _ancestors(new, known)
    after = dict.fromkeys(before, 2)  # itself, and the new one
    for tx in known.values():
        for txid in _ancestors(tx, known) & before:
            after[txid] += 1
    crowded = {txid for txid, count in after.items() if count > MOST_WAITING_TOGETHER}
    if len(before) + 1 > MOST_WAITING_TOGETHER:
        crowded |= before
    if crowded:
        # Nothing that waits is before it, so that it can be in the next block.
        first = min(crowded, key=lambda txid: (len(_ancestors(known[txid], known)), txid))
        raise TooManyWaiting(first, MOST_WAITING_TOGETHER)


def build_with_room(
    waiting: Iterable[Tx], coins: Sequence[Coin], build: Callable[[Sequence[Coin]], BuiltTx]
) -> BuiltTx:
    """What `build` makes of these coins; of those alone that are in blocks where it would be one
    too many. Raises what `build` does, and `TooManyWaiting`."""
    built = build(coins)
    try:
        return expect_room(waiting, built)
    except TooManyWaiting as error:
        try:
            return build([coin for coin in coins if coin.height is not None])
        except CoinsRefused:
            raise error from None


def build_keeping(
    ledger: Ledger,
    height: int,
    outputs: Sequence[TxOut],
    change_script: bytes,
    conditions: Conditions,
    kept: Keep,
) -> BuiltTx:
    """As `keep.build_keeping` of the coins that can be spent behind block `height`, with room."""

    def build(coins: Sequence[Coin]) -> BuiltTx:
        return keep.build_keeping(coins, outputs, change_script, conditions, kept)

    return build_with_room(ledger.waiting(), ledger.spendable(height + 1), build)


def build_all_keeping(
    ledger: Ledger,
    height: int,
    script: bytes,
    change_script: bytes,
    conditions: Conditions,
    kept: Keep,
) -> BuiltTx:
    """As `keep.build_all_keeping`, where there is room for all of them."""
    coins = ledger.spendable(height + 1)
    built = keep.build_all_keeping(coins, script, change_script, conditions, kept)
    return expect_room(ledger.waiting(), built)


def _ancestors(tx: Tx, known: Mapping[bytes, Tx]) -> set[bytes]:
    found: set[bytes] = set()
    left = [tx]
    while left:
        parents = {txin.outpoint.txid for txin in left.pop().inputs} & known.keys()
        left += (known[txid] for txid in parents - found)
        found |= parents
    return found
