"""Between channels and payments: an HTLC that came may have to wait before its node looks at it.

Waiting changes nothing that is durable: after a start every HTLC that stands comes once more.
"""

from __future__ import annotations

from functools import partial

from lnwallet_tui.channel.effects import HtlcReceived
from lnwallet_tui.channel.htlcs import Side, Stage
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.payments.arrivals import arrived_htlc
from lnwallet_tui.node.payments.payments import HtlcEffect, Payments
from lnwallet_tui.node.ports import Wait
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError


class Doorway:
    """Tells payments what channels tell, where there is a doorkeeper when it lets it in."""

    def __init__(self, shell: Shell, payments: Payments) -> None:
        self._shell, self._payments = shell, payments

    def heard(self, tx: Transaction, held: Held, effect: HtlcEffect) -> None:
        """As `Payments.heard`."""
        keeper = self._shell.ports.doorkeeper
        if keeper is not None and isinstance(effect, HtlcReceived):
            wait = keeper.came(arrived_htlc(held.channel, effect))
            if wait is not None:
                tx.after(partial(self._begin_waiting, held, effect, wait))
                return
        self._payments.heard(tx, held.channel, effect)

    def _begin_waiting(self, held: Held, effect: HtlcReceived, wait: Wait) -> None:
        self._shell.tasks.start(self._let_in(held, effect, wait), "HTLC at the door")

    async def _let_in(self, held: Held, effect: HtlcReceived, wait: Wait) -> None:
        await wait()
        self._shell.turns.take(partial(self._look, held, effect))

    def _look(self, held: Held, effect: HtlcReceived) -> None:
        htlc = held.channel.ledger.find(Side.THEM, effect.htlc_id)
        if held.channel.is_dead or htlc is None or htlc.stage is not Stage.LOCKED_IN:
            return
        try:
            with self._shell.store.transaction() as tx:
                self._payments.heard(tx, held.channel, effect)
        except StoreError:
            # Nothing of it has happened, and nobody tells it again before the next start.
            self._begin_waiting(held, effect, self._shell.a_moment)
            raise
