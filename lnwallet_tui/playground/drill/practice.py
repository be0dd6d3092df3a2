"""Verifies penalties that were built for practice, by the judges of the playground's chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.onchain.rehearsal import (
    NotPunished,
    Practice,
    Rehearsed,
    expect_kept,
    rehearse,
    spread,
)
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.policy_form import check_form
from lnwallet_tui.playground.policy_inputs import check_inputs, virtual_size
from lnwallet_tui.playground.policy_rejection import Rejection
from lnwallet_tui.playground.policy_script import check_scripts

JUDGES: Final = "Bitcoin Core's consensus engine and our relay policy"
MOST: Final = 1_000
"""States in one dry run; a state takes some milliseconds. Of more, so many evenly over all."""


def rehearse_all(practices: Sequence[Practice], most: int = MOST) -> tuple[int, int]:
    """How many old states were built and punished, and the inputs that were verified for it.

    Raises `NotPunished`. Runs for seconds: not for a loop.
    """
    tried = inputs = 0
    with Engine() as engine:
        for practice in practices:
            expect_kept(practice)
            for number in spread(practice.revoked, max(2, most // len(practices))):
                rehearsed = rehearse(practice, number)
                tried += 1
                inputs += sum(len(tx.inputs) for tx in rehearsed.penalties)
                _judge(engine, rehearsed, f"old state {number:,} of {practice.name}")
    return tried, inputs


def _judge(engine: Engine, rehearsed: Rehearsed, of: str) -> None:
    for penalty in rehearsed.penalties:
        try:
            judge(engine, rehearsed.commitment, penalty)
        except Rejection as refused:
            raise NotPunished(f"The penalty for {of} would be refused: {refused}.") from refused


def judge(engine: Engine, commitment: Tx, penalty: Tx) -> None:
    """`Rejection` unless every node would relay it, and every block could hold it."""
    spent = [commitment.outputs[txin.outpoint.vout] for txin in penalty.inputs]
    check_form(penalty)
    check_inputs(penalty, spent)
    check_scripts(engine, penalty, spent)
    fee = sum(one.value.value for one in spent) - sum(one.value.value for one in penalty.outputs)
    if fee < limits.fee_at(limits.MIN_RELAY_FEERATE, virtual_size(penalty, spent)):
        raise NotPunished(f"A penalty offers a fee of {fee:,} sat, which nobody relays.")
