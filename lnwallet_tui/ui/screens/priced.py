"""What is asked for in a form, checked with its costs at a feerate of choice, and then done.

What is done is what was checked: the form is read once, when its costs are asked for.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual.widgets import Button, ContentSwitcher

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.paces import Paces
from lnwallet_tui.ui.widgets.words import RefusalBox, Words

COSTS: Final = "costs"
"""The question for what is asked with `ask`."""


class PricedScreen(WalletScreen):
    """Base of these pages. Their `ContentSwitcher` has the parts `form`, `check` and `working`; it
    is ordered at most once, whatever is pressed."""

    form_title: ClassVar[str]
    check_title: ClassVar[str]
    first_again: ClassVar[str]
    """Where the cursor is when one is back at the form."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.feerate: int | None = None  # that was chosen; None: what the wallet proposes
        self.is_ordered = False
        self._asked_at = 0  # the height

    # -- what the pages say
    def ask_costs(self) -> None:
        """Ask what it costs now, at the feerate that was chosen."""
        raise AssertionError("every such page has costs")

    def read_form(self) -> None:
        """Ask for the costs of what was typed, or say what is wrong with it."""
        raise AssertionError("every such page has a form")

    def carry_out(self) -> None:
        """Have done what was checked, where that is known."""
        raise AssertionError("every such page does something")

    # -- the steps
    def draw(self, picture: Picture) -> None:
        """Costs and dates are of the block at which they were asked for."""
        if self.steps_back() and picture.status.height != self._asked_at:
            self.quote()

    def quote(self) -> None:
        """Ask for the costs, of this block."""
        picture = self.session.picture
        self._asked_at = picture.status.height if picture is not None else 0
        self.ask_costs()

    def to_check(self) -> None:
        """The costs are there, whatever was refused before."""
        self.query_one("#refused", RefusalBox).clear()
        if not self.steps_back():
            self.query_one(ContentSwitcher).current = "check"
            self.query_one("#check-back", Button).focus()
        self.query_one("#title", Words).say(self.check_title)
        self.offer()

    def to_work(self) -> None:
        """It is ordered."""
        self.is_ordered = True
        self.query_one(ContentSwitcher).current = "working"
        self.offer()
        self.query_one(".page").focus()  # a second enter presses nothing

    def to_form(self, refused: Refused | None = None) -> None:
        """Once more; of what was ordered, `refused` says why it was not done."""
        self.forget(COSTS)
        self.query_one("#title", Words).say(self.form_title)
        self.query_one(ContentSwitcher).current = "form"
        self.query_one(self.first_again).focus()
        self.offer()
        if refused is not None:
            self.is_ordered = False
            self.query_one("#refused", RefusalBox).show(refused)

    def steps_back(self) -> bool:
        return self.query_one(ContentSwitcher).current == "check"

    def action_back(self) -> None:
        """From the check to the form, from there away."""
        self.query_one("#refused", RefusalBox).clear()
        if self.steps_back():
            self.to_form()
        else:
            super().action_back()

    # -- deciding
    def can(self, action: str) -> bool:
        return action != "pace" or (self.steps_back() and self.query_one(Paces).is_choice)

    def on_paces_chosen(self, message: Paces.Chosen) -> None:
        message.stop()
        self.feerate = message.cost.feerate_per_kw
        self.quote()

    def action_pace(self) -> None:
        """The next of the three feerates."""
        cost = self.query_one(Paces).following()
        if cost is not None and not self.is_ordered:
            self.feerate = cost.feerate_per_kw
            self.quote()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "form-go":
                self.read_form()
            case "check-go" if not self.is_ordered:
                self.carry_out()
            case "form-back" | "check-back":
                self.action_back()
            case _:
                return
