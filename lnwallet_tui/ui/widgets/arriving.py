"""Payments to an address, as long as they are in no block: listened for while this is shown. One
that has received already is used: who pays the same one twice tells everybody that both are yours.

The node listens for half a minute at a time. A screen that dies, or a terminal that is closed, does
not ask again, and so the node ends it by itself.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.arriving import ArrivingView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.words import Words

LEASE_SECONDS: Final = 30
_AGAIN_SECONDS: Final = 10
_MOST: Final = 3


class ArrivingWords(Words):
    """A sentence for each; nothing is there while nobody listens, or nothing is heard."""

    def __init__(self, session: Session, *, id: str) -> None:  # noqa: A002  # Textual's
        super().__init__(id=id)
        self._session = session
        self._listens = False
        self._address = ""

    def on_mount(self) -> None:
        self.display = False
        self.set_interval(_AGAIN_SECONDS, self.ask_again)

    def begin(self, address: str) -> None:
        """Listen from now on."""
        self._listens, self._address = True, address
        self.ask_again()

    def end(self) -> None:
        """Nobody waits here any more."""
        if self._listens:
            self._listens = False
            self.display = False
            self.app.run_worker(self._session.node.listen_for_payments(0))

    def ask_again(self) -> None:
        """For what is heard by now, and listen on."""
        if self._listens:
            self.app.run_worker(self._ask())

    async def _ask(self) -> None:
        address, node = self._address, self._session.node
        heard = await node.listen_for_payments(LEASE_SECONDS)
        read = await node.read_address(address)
        received_sat = 0 if isinstance(read, Refused) else read.received_sat
        if self._listens and self.is_attached and address == self._address:
            self._show(heard, received_sat)

    def _show(self, heard: tuple[ArrivingView, ...], received_sat: int) -> None:
        self.display = bool(heard or received_sat)
        lines = [f"● {one.explanation}" for one in heard[-_MOST:]]
        if received_sat:
            came = fmt.sat(received_sat)
            said = f"! Used: {came} came to this address. Take a new one: {{receive.address}}."
            lines.insert(0, said)
        if len(heard) > _MOST:
            lines.append(f"And {len(heard) - _MOST} more.")
        self.say("\n".join(lines))
