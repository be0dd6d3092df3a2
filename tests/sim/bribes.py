"""Miners who are bribed to leave out what takes a revoked state from its cheat.

A bribe pays for as long as it is less than what it keeps. Here it is a small part of that: enough
that nobody is punished for the fee of a calm day, and too little for the last blocks before a
deadline, in which a penalty is worth nearly all of it (vulnerability class: bribed miners).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_cluster import Entry
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.playground.simchain import ChainBlock
from tests.sim.tally import Fault

_SHARE: Final = 32
"""For each block the cheat pays this part of what it would lose in it."""

_ITEMS: Final = 2  # a signature, and a key or the script of a balance that nobody disputes


class Bribes:
    """While they are paid. `cheat_s` says whether an output of the chain is of a revoked state."""

    def __init__(
        self, regtest: Regtest, happened: Counter[Fault], cheat_s: Callable[[OutPoint], int]
    ) -> None:
        self._mempool: Mempool = regtest.mempool
        self._happened, self._cheat_s = happened, cheat_s
        self.are_paid = False
        miner = regtest._miner
        self._mine = miner.mine
        miner.mine = self._mined  # type: ignore[method-assign]  # he is bribed

    def _mined(self, without: Iterable[bytes] = ()) -> ChainBlock:
        left_out = [one.txid for one in self._mempool.entries() if self._is_worth_it(one)]
        self._happened[Fault.BRIBE] += bool(left_out)
        return self._mine((*without, *left_out))

    def _is_worth_it(self, entry: Entry) -> bool:
        if not self.are_paid:
            return False
        penalties = [txin for txin in entry.tx.inputs if len(txin.witness) > _ITEMS]
        at_stake = sum(self._cheat_s(txin.outpoint) for txin in penalties)
        return entry.fee * _SHARE < at_stake
