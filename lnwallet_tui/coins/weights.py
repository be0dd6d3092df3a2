"""What our transactions weigh, and which outputs are not worth making."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import OP_RETURN, parse_witness_program
from lnwallet_tui.bitcoin.serial import compact_size
from lnwallet_tui.bitcoin.tx import TxOut

INPUT_WEIGHT: Final = 4 * (36 + 1 + 4) + 1 + (1 + 72) + (1 + 33)
"""A P2WPKH input; a low-S signature has at most 72 bytes in DER with its sighash byte."""
TAPROOT_INPUT_WEIGHT: Final = 4 * (36 + 1 + 4) + 1 + (1 + 65)
"""A taproot input that its key spends; a byte less where the kind of signature need not be said."""

_SEGWIT_MARKS: Final = 2
MOST_WEIGHT: Final = 400_000
"""Core relays nothing heavier (MAX_STANDARD_TX_WEIGHT)."""

# Core's `GetDustThreshold`: an output is dust if spending it costs more than it holds at 3 sat/vB.
_DUST_FEERATE: Final = 3
_SPEND_SIZE: Final = 148
_SPEND_SIZE_SEGWIT: Final = 67


@lru_cache(maxsize=64)
def output_weight(script: bytes) -> int:
    """The weight of an output to `script`."""
    return 4 * (8 + len(compact_size(len(script))) + len(script))


def tx_weight(inputs: int, scripts: Iterable[bytes]) -> int:
    """The most that a signed transaction of so many coins and outputs to `scripts` weighs."""
    outputs = [output_weight(script) for script in scripts]
    counts = len(compact_size(inputs)) + len(compact_size(len(outputs)))
    return 4 * (4 + counts + 4) + _SEGWIT_MARKS + inputs * INPUT_WEIGHT + sum(outputs)


def spending_weight(input_weights: Collection[int], scripts: Iterable[bytes]) -> int:
    """The same of inputs that weigh so much each."""
    count = len(input_weights)
    return tx_weight(count, scripts) - count * INPUT_WEIGHT + sum(input_weights)


def most_inputs(scripts: Iterable[bytes]) -> int:
    """How many coins fit into a transaction with outputs to `scripts` that is still relayed."""
    # An input more than fits may change the width of the count: leave room for the widest.
    room = MOST_WEIGHT - tx_weight(0, scripts) - 4 * 2
    return max(0, room // INPUT_WEIGHT)


@lru_cache(maxsize=64)
def dust_threshold(script: bytes) -> Sat:
    """The least value of an output to `script` that nodes relay."""
    if script[:1] == bytes((OP_RETURN,)):
        return Sat(0)
    segwit = parse_witness_program(script) is not None
    size = len(TxOut(Sat(0), script).serialize()) + (_SPEND_SIZE_SEGWIT if segwit else _SPEND_SIZE)
    return Sat(size * _DUST_FEERATE)
