"""The playground's story: all steps with their ticks, what to do for each, and why it matters."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.world import Person
from lnwallet_tui.ui import commands
from lnwallet_tui.ui.messages import OpenTo, ToChannels
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.hops import HopsScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.story import TITLES, WHY, Step
from lnwallet_tui.ui.story_hints import Hint, Where
from lnwallet_tui.ui.tale import Tale
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.ui.widgets.words import MUTED, Words

_OWN_WORDS = (
    "  Apart from it: First run ({everywhere.command_palette}) makes your wallet of words of "
    "your own."
)
_BY_HOPS = frozenset({Step.PAY_FAR, Step.PAY_IN_PARTS})


class StoryScreen(WalletScreen):
    """A list of steps above one of them."""

    place = "story"
    mode = ""
    about = (
        "What one does with a Lightning wallet, from the first channel to a caught cheat. A step "
        "is ticked by the program once it has really happened, in whatever order you like; none "
        "is forced, and nothing in the playground waits for them. Enter leads to where the step "
        "under the cursor is done. Time here stands still until you move it: "
        "{everywhere.mine_one} mines a block, {everywhere.mine_until} "
        "mines until something happens, {everywhere.skip_day} a day."
    )
    CSS_PATH = "story.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("story")]

    def body(self) -> ComposeResult:
        with Vertical(id="told", classes="box"):
            yield Listing(id="steps", click_selects=False)
            if (view := self.session.custody_view) is not None and view.keeping is None:
                yield Words(_OWN_WORDS, classes="hint")
        with VerticalScroll(id="step", classes="box", can_focus=False):
            yield Words(id="todo")
            yield Words(id="why", classes="hint")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Listing).focus()

    @property
    def tale(self) -> Tale:
        """How far the story has come."""
        assert self.session.tale is not None, "this page is the playground's"
        return self.session.tale

    def draw(self, _: Picture) -> None:
        listing = self.query_one(Listing)
        is_new = not listing.options
        listing.show(Option(self._row(step), id=step.value) for step in Step)
        if is_new and self.tale.next is not None:
            listing.move_to(self.tale.next.value)
        told = len(self.tale.done)
        self.query_one("#told").border_title = f"The story: {told} of {len(Step)} done"
        away = "put away; {story.put_away}: call it back   " if self.tale.is_hidden else ""
        self.query_one("#told").border_subtitle = self.session.with_keys(f"{away}enter: go there")
        self._draw_step()

    def _row(self, step: Step) -> Content:
        number, title = [*Step].index(step) + 1, TITLES[step]
        if step in self.tale.done:
            return Content.assemble(("✓ ", "$success"), f"{number}  {title:<24}", ("done", MUTED))
        mark = "▸ " if step is self.tale.next else "  "
        return Content.assemble((mark, "$accent"), f"{number}  {title:<24}")

    def _step(self) -> Step | None:
        name = self.query_one(Listing).highlighted_id
        return Step(name) if name else None

    def _draw_step(self) -> None:
        step, picture = self._step(), self.session.picture
        if step is None or picture is None:
            return
        self.query_one("#step").border_title = TITLES[step]
        self.query_one("#todo", Words).say(self._todo(step, picture))
        self.query_one("#why", Words).say(WHY[step])
        self.offer()

    def _todo(self, step: Step, picture: Picture) -> Content:
        if step not in self.tale.done:
            return Content(self.session.with_keys(self.tale.hint(step, picture).whole))
        more = " Press {story.hops} to see what each hop saw of it." if self._witness() else ""
        return Content.assemble(("✓ ", "$success"), f"Done.{more} You can do it again at any time.")

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self._draw_step()

    async def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        await self.action_go_there()

    # -- what can be done
    def can(self, action: str) -> bool:
        return action != "hops" or bool(self._witness())

    def _witness(self) -> str:
        """The payment that shows the step under the cursor."""
        picture = self.session.picture
        step = self._step()
        if picture is None or step not in _BY_HOPS or step not in self.tale.done:
            return ""
        return self.tale.witness(step, picture)

    def action_hops(self) -> None:
        """What each hop saw of the payment that shows the step."""
        if payment_hash := self._witness():
            self.app.push_screen(HopsScreen(self.session, payment_hash))

    def action_put_away(self) -> None:
        """Take the line from the other pages, or call it back."""
        self.tale.hide(hidden=not self.tale.is_hidden)
        self.redraw()

    async def action_go_there(self) -> None:
        """To where the step is done."""
        step, picture = self._step(), self.session.picture
        if step is not None and picture is not None:
            await self._go(self.tale.hint(step, picture))

    async def _go(self, to: Hint) -> None:
        app = self.app
        match to.where:
            case Where.OPEN:
                uri = next((one.uri for one in self._people() if one.name == to.who), "")
                self.post_message(OpenTo(uri))
            case Where.PEOPLE:
                self.session.person = to.who
                app.pop_screen()
                await app.run_action("page('people')")
                for listing in app.screen.query("#people").results(Listing):
                    listing.move_to(to.who)
            case Where.CHANNEL:
                self.post_message(ToChannels(to.who))
            case Where.RECEIVE | Where.GUARD:
                app.pop_screen()
                await app.run_action(f"mode('{to.where.value}')")

    def _people(self) -> tuple[Person, ...]:
        assert self.session.world is not None, "this page is the playground's"
        return self.session.world.people()
