"""Paying one address or many at once, from coins that were chosen by hand or by the wallet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import Sending
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui import payout_lines
from lnwallet_tui.ui.payout_lines import MOST_LINES, Wrong
from lnwallet_tui.ui.screens.pay_address import PayAddressScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import Choices, FeerateField, LinesBox
from lnwallet_tui.ui.widgets.words import RefusalBox, Words

_NOBODY: Final = AddressView(
    address="", amount_sat=0, label=Untrusted(""), message=Untrusted(""), has_invoice=False
)


class PayManyScreen(PayAddressScreen):
    """The same steps as for one address; the first asks for lines."""

    about = (
        "Pays one Bitcoin address or several in one transaction, from your coins on chain. Type a "
        "line for each: the address, then how many satoshis. One line with the word “all” behind "
        "the address sends everything. Where you marked coins on On-chain, all of these are spent, "
        "and no other; what is left of them comes back to you. The next page shows every output, "
        "the fee, what stays, and by when a block should have it; nothing is sent before you press "
        "Send there. Once it is sent nobody can take it back, but until a block has it, it can be "
        "hurried; for that other coins may be added. What you typed stays until it is sent."
    )
    drafts = ("feerate",)
    drafts_of = "pay_many"
    first_again = "#lines"

    def __init__(
        self,
        session: Session,
        marked: dict[str, int],
        sent: Callable[[], None] | None = None,
    ) -> None:
        """`marked` are the coins that were chosen, with their amounts in satoshi."""
        super().__init__(session, _NOBODY, sent)
        self.coins, self._marked_sat = tuple(marked), sum(marked.values())

    def heading(self) -> str:
        return payout_lines.from_coins(len(self.coins), self._marked_sat)

    def form(self) -> ComposeResult:
        yield Words(payout_lines.HOW, classes="hint")
        yield LinesBox(most=MOST_LINES, id="lines")
        with Horizontal(classes="row"):
            yield Words("sat/vB", classes="label")
            yield FeerateField(id="feerate", placeholder="empty: the usual pace")
        yield Words(id="room", classes="hint")
        yield Choices("Cancel", "Continue", prefix="form-")

    def receivers(self) -> ComposeResult:
        yield Words(id="each")

    def say_receivers(self, wanted: Sending) -> None:
        self.query_one("#each", Words).say(payout_lines.each(wanted))

    def fill_form(self) -> None:
        lines = self.query_one("#lines", LinesBox)
        lines.load_text(self.draft("lines"))
        lines.move_cursor(lines.document.end)
        lines.focus()

    def on_text_area_changed(self) -> None:
        """What was refused was something else."""
        self._keep()
        self.query_one("#refused", RefusalBox).clear()

    def _keep(self) -> None:
        if not self.is_ordered:
            self.keep_draft("lines", self.query_one("#lines", LinesBox).text)
            self.keep_draft("feerate", self.query_one(FeerateField).value)

    def carry_out(self) -> None:
        super().carry_out()
        if self.is_ordered:
            self.forget_drafts()  # nobody is paid twice by what stands there once more

    def to_form(self, refused: Refused | None = None) -> None:
        super().to_form(refused)
        self._keep()

    def complaint(self) -> tuple[str, str] | None:
        read = payout_lines.read(self.query_one("#lines", LinesBox).text)
        if isinstance(read, Wrong):
            self.query_one("#lines").focus()
            return read.message, read.remedy
        return None

    def typed(self) -> Sending:
        read = payout_lines.read(self.query_one("#lines", LinesBox).text)
        if isinstance(read, Wrong):
            return Sending((), coins=self.coins)
        return Sending(read.payouts, everything=read.everything, coins=self.coins)

    def can(self, action: str) -> bool:
        return action != "everything" and super().can(action)

    def action_everything(self) -> None:
        """It is a word in a line here."""
