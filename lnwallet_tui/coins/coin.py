"""A coin of the wallet: an unspent P2WPKH or P2TR output, and the key that spends it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.bip32 import ExtendedPublicKey
from lnwallet_tui.bitcoin.script import p2wpkh
from lnwallet_tui.bitcoin.taproot import p2tr_of
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.coins.weights import INPUT_WEIGHT, TAPROOT_INPUT_WEIGHT, spending_weight

COINBASE_MATURITY: Final = 100  # consensus: a block's reward is spent in its hundredth successor


class KeyPath(msgspec.Struct, frozen=True):
    """The last two steps of a BIP84 path: m/84'/coin'/0'/`change`/`index`; with `taproot` of a
    BIP86 path: m/86'/coin'/0'/`change`/`index`."""

    change: bool
    index: int
    taproot: bool = False

    @property
    def chain(self) -> KeyPath:
        """The first of those that differ by their index only."""
        return self.at(0)

    def at(self, index: int) -> KeyPath:
        """Another one of them."""
        return KeyPath(self.change, index, self.taproot)


CHAINS: Final = tuple(
    KeyPath(change, 0, taproot) for taproot in (False, True) for change in (False, True)
)
"""The first key of each: receiving and change, of both kinds of outputs."""


class Coin(msgspec.Struct, frozen=True, kw_only=True):
    """An unspent output of ours.

    `height` is of the block with its transaction, None while that is unconfirmed. `certain` says
    that it is confirmed, or that we made the transaction and all unconfirmed ones before it, so
    that nobody else can take it back. `reserved_for` names what the coin is kept for, empty if
    nothing. `frozen`: the user wants it left alone.
    """

    outpoint: OutPoint
    value: Sat
    script_pubkey: bytes
    path: KeyPath
    height: int | None
    certain: bool
    coinbase: bool = False
    reserved_for: bytes = b""
    frozen: bool = False

    @property
    def output(self) -> TxOut:
        """What a signature of it commits to."""
        return TxOut(self.value, self.script_pubkey)

    @property
    def input_weight(self) -> int:
        """The most that an input weighs which spends it."""
        return TAPROOT_INPUT_WEIGHT if self.path.taproot else INPUT_WEIGHT

    def is_mature(self, next_height: int) -> bool:
        """Whether the block at `next_height` may spend it."""
        if not self.coinbase:
            return True
        return self.height is not None and next_height - self.height >= COINBASE_MATURITY

    def is_spendable(self, next_height: int) -> bool:
        """Whether to spend it: free, mature and certain.

        What somebody else pays us unconfirmed can vanish, and all that we built on it with it.
        """
        free = not self.reserved_for and not self.frozen
        return self.certain and free and self.is_mature(next_height)


def total_of(coins: Iterable[Coin]) -> Sat:
    """What they hold together."""
    return sum((coin.value for coin in coins), ZERO_SAT)


def total_paid(outputs: Iterable[TxOut]) -> Sat:
    """What these outputs hold together."""
    return sum((output.value for output in outputs), ZERO_SAT)


def weight_of(coins: Iterable[Coin], scripts: Iterable[bytes]) -> int:
    """The most that a signed transaction of these coins and outputs to `scripts` weighs."""
    return spending_weight([coin.input_weight for coin in coins], scripts)


def script_at(account: ExtendedPublicKey, path: KeyPath) -> bytes:
    """The output script of a key of the account m/84'/coin'/0', or m/86'/coin'/0' for taproot."""
    return _script(account.child(int(path.change)), path)


def own_scripts(
    account: ExtendedPublicKey, receiving: int, change: int, *, taproot: bool = False
) -> dict[bytes, KeyPath]:
    """The scripts of the first so many receiving and change keys, and the paths to their keys."""
    scripts = {}
    for is_change, count in ((False, receiving), (True, change)):
        chain = account.child(int(is_change))
        for index in range(count):
            path = KeyPath(is_change, index, taproot)
            scripts[_script(chain, path)] = path
    return scripts


def _script(chain: ExtendedPublicKey, path: KeyPath) -> bytes:
    pubkey = chain.child(path.index).pubkey
    return p2tr_of(pubkey) if path.taproot else p2wpkh(pubkey)
