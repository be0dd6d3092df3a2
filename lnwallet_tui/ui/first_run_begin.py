"""The first run on a real network: there is no wallet yet, so no node and no screen of it.

The same steps as the playground's page, in an application of their own that ends when the words are
kept: the node then begins on them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from lnwallet_tui.api.custody import CustodyApi
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.process import ProcessApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui.codes.drawing import DrawingChosen
from lnwallet_tui.ui.elsewhere import NodeElsewhere
from lnwallet_tui.ui.look import Look
from lnwallet_tui.ui.screens.first_run import NEW, RESTORE, FirstRunPath
from lnwallet_tui.ui.screens.first_run_past import Past, PastStep
from lnwallet_tui.ui.screens.first_run_steps import Go, PickStep
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.footer import Keys
from lnwallet_tui.ui.widgets.words import Words

WELCOME: Final = (
    "A wallet is made of 24 words. Here you get words of your own, or type those that you have; "
    "you choose what keeps them safe on this machine. This one will be for {network}: {sentence}"
)
OF_NETWORK: Final = {
    "mainnet": "real bitcoin. This version holds and sends them, and has no channels there yet.",
    "signet": "real blocks every ten minutes, and coins without value.",
    "testnet4": "a public test network, and coins without value.",
    "regtest": "a chain of your own, for tests.",
}
"""What each network is, for whoever chooses one."""
SECOND_PLACE: Final = (
    "Neither the words nor the channel backup remember a second place for that backup. Unless this "
    "folder's own files still know one, none is set.\n\n"
    "The channel backup has the peers of your channels close them and pay you your part when this "
    "disk is lost. Where it lies on this disk alone, it is lost too, and the words do not bring "
    "back what is in channels.\n\n"
    "So name a folder on another disk once the node runs:\n"
    "lnwallet-tui backup --second DIR\n"
    "Settings says where the backup lies."
)
"""For whoever restored: what the words do not bring along."""


class BeginPath(FirstRunPath):
    """To words that are kept, or away."""

    def __init__(self, session: Session, process: ProcessApi, network: str) -> None:
        super().__init__(session)
        self._process, self._network = process, network
        self._past, self._restores = Past(), False

    def forget(self) -> None:
        super().forget()
        self._past, self._restores = Past(), False

    def begin(self) -> None:
        """New words, or those on paper; where they are kept already, what is left to do."""
        if self.custody.view().is_open:
            self.opened()
            return
        self.forget()
        if self.custody.view().keeping is not None:  # written, but not waited for
            self.open()
            return
        text = WELCOME.format(network=self._network, sentence=OF_NETWORK[self._network])
        ways = {"new": (*NEW, self._new), "restore": (*RESTORE, self._restore)}
        self.show(PickStep("First run", text, ways))

    def words_taken(self, back: Go) -> None:
        """Ask what else is known of them."""
        self._restores = True
        self._ask_past(self._past, back)

    def _ask_past(self, past: Past, back: Go, refused: Refused | None = None) -> None:
        def away(typed: Past) -> None:
            self._past = typed
            back()

        self.show(PastStep(past, partial(self._look_at_past, back), away, refused))

    def _look_at_past(self, back: Go, past: Past) -> None:
        again = partial(self._ask_past, past, back)

        def looked(refused: Refused | None) -> None:
            if refused is None:
                self.choose_where(again)
            else:
                self._ask_past(past, back, refused)

        asking = self._process.restores(past.birthday, past.path)
        self.wait_for("Looking at what you know of it…", "", asking, looked, again)

    def leave(self) -> None:
        """To the wallet, where its words are kept by now; else away."""
        self.app.exit(return_code=0)

    def _done(self) -> None:
        if not self._restores:
            self.leave()
            return
        ways: dict[str, tuple[str, str, Go]] = {"stay": ("Go on", "", self.leave)}
        self.show(PickStep("Restored", SECOND_PLACE, ways))


class BeginScreen(Screen[None]):
    """One step after the other."""

    ALLOW_SELECT = False
    CSS_PATH = "screens/first_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("ctrl+q", "leave", "Leave", priority=True),
    ]

    def __init__(self, session: Session, process: ProcessApi, network: str) -> None:
        super().__init__()
        self._session, self._process, self._network = session, process, network

    def compose(self) -> ComposeResult:
        yield Words(" lnwallet-tui", id="sign")
        yield BeginPath(self._session, self._process, self._network)
        yield Keys(show_command_palette=False)

    async def action_leave(self) -> None:
        """Go; what is kept stays kept."""
        await self.app.action_quit()

    def action_back(self) -> None:
        """As the step says."""
        self.query_one(BeginPath).go_back()


class BeginApp(NodeElsewhere):
    """Ends when words are kept and the user goes on, or when the user goes; `custody.view()` says
    which."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        node: NodeApi,
        custody: CustodyApi,
        process: ProcessApi,
        network: str,
        settings: Path | None = None,
    ) -> None:
        super().__init__()
        self._session = Session(node, None, custody=custody)
        self._process, self._network = process, network
        self._look = Look(self, settings)

    def on_mount(self) -> None:
        self._look.begin()
        self._session.drawing.remember(self._look.settings.codes)
        self.push_screen(BeginScreen(self._session, self._process, self._network))

    async def action_quit(self) -> None:
        """Go, and have no wallet opened in this one's place, whether its words are kept or not."""
        self.was_left = True
        self.exit(return_code=0)

    def on_drawing_chosen(self, message: DrawingChosen) -> None:
        """Codes are drawn so from now on, in this terminal, also the next time."""
        self._session.drawing.chosen = message.mode
        self._look.keep_drawing(self._session.drawing.terminal.name, message.mode)
