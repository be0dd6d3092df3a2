"""How soon a transaction is to confirm: buttons, each with what it costs. Paces that cost the same
now share one; where all do, there is nothing to choose, which is said."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button

from lnwallet_tui.api.costs import CostAt, Pace
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.forms import ButtonRow, Choices
from lnwallet_tui.ui.widgets.words import Words


class Paces(ButtonRow):
    """A row of costs to choose from; the mark says which one holds."""

    class Chosen(Message):
        """Take this one."""

        def __init__(self, cost: CostAt) -> None:
            super().__init__()
            self.cost = cost

    def __init__(self, label: str, *, no_choice: str) -> None:
        """What stands in front of the buttons, and where there is nothing to choose."""
        super().__init__()
        self._label, self._no_choice = label, no_choice
        self._costs: Sequence[CostAt] = ()
        self._feerate = 0

    def compose(self) -> ComposeResult:
        yield Words(classes="label")
        yield Words("the same now, however soon it is to confirm", id="same-now")
        for pace in Pace:
            yield Button(pace.value, id=f"pace-{pace.value}", compact=True)

    def show(self, costs: Sequence[CostAt], feerate_per_kw: int) -> None:
        """Offer these; `feerate_per_kw` is the one that holds."""
        names: dict[int, list[str]] = {}
        for one in costs:
            names.setdefault(one.feerate_per_kw, []).append(one.pace.value)
        fastest = {one.feerate_per_kw: one for one in costs}  # of those that cost the same
        self._costs, self._feerate = tuple(fastest.values()), feerate_per_kw
        self.display = bool(costs)
        self.query_one(".label", Words).say(self._label if self.is_choice else self._no_choice)
        self.query_one("#same-now").display = not self.is_choice
        for pace in Pace:
            button = self.query_one(f"#pace-{pace.value}", Button)
            cost = next((one for one in self._costs if one.pace is pace), None)
            button.display = cost is not None and self.is_choice
            if cost is not None:
                mark = "●" if cost is self.chosen else "○"
                called = " and ".join(names[cost.feerate_per_kw])
                button.label = Content(f"{mark} {called} {fmt.sat(cost.fee_sat)}")
                button.refresh(layout=True)  # a label alone does not make it wider

    @property
    def is_choice(self) -> bool:
        """Whether there is something to choose."""
        return len(self._costs) > 1

    @property
    def chosen(self) -> CostAt | None:
        """The one that holds."""
        return next((one for one in self._costs if one.feerate_per_kw == self._feerate), None)

    def following(self) -> CostAt | None:
        """The one after it, going round."""
        if not self._costs:
            return None
        at = self._costs.index(self.chosen) if self.chosen is not None else -1
        return self._costs[(at + 1) % len(self._costs)]

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What enter does here stands beside the page's own buttons."""
        self._say_enter(f"choose {(event.widget.id or '').removeprefix('pace-')}")

    def on_descendant_blur(self) -> None:
        self._say_enter("")

    def _say_enter(self, does: str) -> None:
        if isinstance(page := self.parent, Widget):
            for choices in page.query(Choices):
                choices.say_elsewhere(does)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        for one in self._costs:
            if event.button.id == f"pace-{one.pace.value}":
                self.post_message(self.Chosen(one))
