"""Listening for payments to us that are in no block yet, as long as somebody waits for one.

It shows those who are listened to that a light wallet waits for money, though not which address it
is paid to, and fetches all that goes round: so whoever waits asks again and again, and it ends by
itself where a screen died. What is heard is only shown: it is no coin, counts in no balance and is
not kept on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.arriving import ArrivingView
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.node.blocks.waiting_port import Heard

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

MOST_SECONDS: Final = 120
"""For longer nobody listens without being asked again."""


class Arriving:
    """The lease, and what was heard."""

    def __init__(self, board: Switchboard) -> None:
        self._board, self._shell = board, board.shell
        self._alarm = Alarm(board.shell, "listening for payments", self._end)

    def listen(self, seconds: int) -> tuple[ArrivingView, ...]:
        """For so long from now on; 0: no longer."""
        lease = max(0, min(seconds, MOST_SECONDS))
        self._alarm.stop()
        if lease:
            self._alarm.set(self._shell.ports.clock.now_ms() + lease * 1_000)
            self._shell.ports.chain.listen(frozenset(self._board.wallet.scripts.watched()))
        else:
            self._end()
        return self._heard()

    def _end(self) -> None:
        self._shell.ports.chain.listen(frozenset())

    def _heard(self) -> tuple[ArrivingView, ...]:
        wallet = self._board.wallet
        ours = frozenset(wallet.scripts.watched())
        return tuple(
            _view(one, ours)
            for one in self._shell.ports.chain.heard()
            if wallet.transaction(one.tx.txid) is None  # of ours it is known already
        )


def _view(heard: Heard, ours: frozenset[bytes]) -> ArrivingView:
    amount = sum(out.value.value for out in heard.tx.outputs if out.script_pubkey in ours)
    nodes = "1 node" if heard.nodes == 1 else f"{heard.nodes:,} nodes"
    return ArrivingView(
        txid=txid_to_hex(heard.tx.txid),
        amount_sat=amount,
        nodes=heard.nodes,
        since=heard.since,
        explanation=(
            f"{amount:,} sat to you: seen by {nodes}, in no block yet. It can still be "
            "replaced or never confirm, and cannot be spent before."
        ),
    )
