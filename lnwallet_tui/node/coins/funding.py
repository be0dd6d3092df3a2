"""The funding transaction of an opening: built from the wallet's coins, signed, not broadcast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.channel import effects, events
from lnwallet_tui.channel.state import Opening
from lnwallet_tui.coins.build import BuiltTx
from lnwallet_tui.coins.refusals import CoinsRefused
from lnwallet_tui.node.blocks.chain import Chain
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins.wallet import Wallet, with_change_to
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store.db import Transaction


class MustStay(Protocol):
    """As `bump_reserve.must_stay`."""

    def __call__(self, *, opening: bool) -> Sat: ...


@dataclass(frozen=True, slots=True)
class Funding:
    """Answers an opening that needs a funding transaction; `must_stay` on chain after it."""

    shell: Shell
    wallet: Wallet
    chain: Chain
    channels: Channels
    must_stay: MustStay

    def build(self, held: Held, need: effects.NeedFunding) -> None:
        """Sign what an opening asked for, and keep the coins for it; or end the opening."""
        if not held.begun or not isinstance(held.state, Opening):
            return
        output, rate = TxOut(need.amount, need.script), need.feerate_per_kw
        keep = self.must_stay(opening=held.state.channel_type.anchors)

        def build(change: bytes) -> BuiltTx:
            height, most = self.chain.height, held.most_fee
            return self.wallet.build([output], change, rate, height, keep, most)

        with self.shell.store.transaction() as tx:
            try:
                built = with_change_to(build, partial(self._lent, tx))
            except CoinsRefused as error:
                held.coins_refused = error
                # The quote said that it would do, and for so much; coins have changed since.
                self.channels.drive(held, events.FundingImpossible())
                return
            signed = self.wallet.sign(built.tx, built.coins)
            self.wallet.reserve(tx, built.coins, held.purpose)
            index = signed.outputs.index(output)
            self.channels.drive(held, events.FundingTransactionSigned(signed, index))

    def _lent(self, tx: Transaction) -> bytes:
        """Where the change goes, if the opening comes to that."""
        script = self.wallet.scripts.lend(tx, change=True)
        self.chain.look_for(tx, script)
        return script
