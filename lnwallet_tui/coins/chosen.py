"""Spending coins that were chosen by hand: all of them, and no other.

Who chooses has a reason that no rule here knows: coins that must not meet, or one that is to go. So
one that costs more than it holds is spent, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.coins.build import BuiltTx, Conditions, build_from, build_from_to, largest_from
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.keep import Keep, expect_kept, lacking
from lnwallet_tui.coins.refusals import ChosenTooLittle
from lnwallet_tui.coins.waiting import expect_room


@dataclass(frozen=True, slots=True)
class Chosen:
    """`coins` of those that can be spent now, beside what is `waiting` for a block."""

    coins: tuple[Coin, ...]
    spendable: Sequence[Coin]
    waiting: Sequence[Tx] = ()

    def build(
        self, outputs: Sequence[TxOut], change_script: bytes, conditions: Conditions, keep: Keep
    ) -> BuiltTx:
        """These outputs, and change where it is worth having. Raises what `build_from` does, and
        `MustStay` and `TooManyWaiting`."""
        scripts, rate = [one.script_pubkey for one in outputs], conditions.feerate_per_kw
        comes_back = self._must_come_back(keep)
        largest = largest_from(self.coins, scripts, change_script, rate, comes_back)
        try:
            built = build_from(self.coins, outputs, change_script, conditions)
        except ChosenTooLittle as error:
            raise ChosenTooLittle(
                error.missing, largest if comes_back else error.largest
            ) from error
        expect_kept(self.spendable, built, keep, largest)
        return expect_room(self.waiting, built)

    def build_all(
        self, script: bytes, change_script: bytes, conditions: Conditions, keep: Keep
    ) -> BuiltTx:
        """All that they hold, to one script. Raises what `build_from_to` does, `MustStay` and
        `TooManyWaiting`."""
        built = build_from_to(self.coins, script, conditions)
        rate, comes_back = conditions.feerate_per_kw, self._must_come_back(keep)
        largest = largest_from(self.coins, [script], change_script, rate, comes_back)
        expect_kept(self.spendable, built, keep, largest)
        return expect_room(self.waiting, built)

    def _must_come_back(self, keep: Keep) -> Sat:
        """What the others lack of what is kept."""
        mine = {coin.outpoint for coin in self.coins}
        return lacking([one for one in self.spendable if one.outpoint not in mine], keep)
