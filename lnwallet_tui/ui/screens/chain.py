"""The Bitcoin network: how far the chain is verified and by whom, and who was of no use."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from lnwallet_tui.api.chain import ChainView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import FeesView
from lnwallet_tui.ui import chain_words, commands
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.words import RefusalBox, Words, sentences

_MARGIN = 5  # borders, padding and a scroll bar


class ChainScreen(WalletScreen):
    """One page to read: how it stands, who is connected, who was of no use."""

    place = "chain"
    mode = ""
    about = (
        "This wallet trusts no server: it asks nodes of the Bitcoin network and checks what they "
        "say. First come the headers, with their proof of work; then several nodes say what each "
        "block holds (compact block filters, BIP157), and must agree; then the blocks that may "
        "concern you are fetched and read. No address of yours is told to anybody. A node with ✓ "
        "agrees with what is believed about the newest block. Where nodes disagree the block "
        "itself is fetched, and decides. Below stand those that were of no use lately, and why: "
        "they did nothing to you, and others are looked for by themselves. Feerates are what nodes "
        "and blocks say: no service is asked. {chain.try_others} "
        "hangs up on all, and gives others their turn."
    )
    CSS_PATH = "chain.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("chain")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._chain: ChainView | None = None
        self._asked_for: Picture | None = None
        self._is_asking = False

    def body(self) -> ComposeResult:
        with VerticalScroll(id="page"):
            with Vertical(id="standing", classes="box") as box:
                box.border_title = "The Bitcoin network"
                yield Words(id="how")
                yield RefusalBox(id="refused")
            with Vertical(id="nodes", classes="box"):
                yield Words(id="who")
            with Vertical(id="fees", classes="box") as box:
                box.border_title = "What a transaction should pay, and who says so"
                yield Words(id="feerates")
            with Vertical(id="useless", classes="box") as box:
                box.border_title = "Of no use lately"
                yield Words(id="whom")

    def on_mount(self) -> None:
        for name in ("#nodes", "#fees", "#useless"):
            self.query_one(name).display = False
        super().on_mount()
        self.query_one("#page").focus()

    # -- asking
    def draw(self, picture: Picture) -> None:
        if picture is not self._asked_for and not self._is_asking:
            self._asked_for, self._is_asking = picture, True
            self.ask("chain", self.session.node.chain(), self._told)
            self.ask("fees", self.session.node.fees(), self._told_fees)

    def _told(self, chain: ChainView) -> None:
        """As it was at one moment; asked for again where the picture has changed meanwhile."""
        self._chain, self._is_asking = chain, False
        self._show(chain)
        if self.session.picture is not None:
            self.draw(self.session.picture)

    def _told_fees(self, fees: FeesView) -> None:
        self.query_one("#fees").display = True
        self.query_one("#feerates", Words).say(chain_words.fees(fees))

    # -- showing
    def on_resize(self, event: events.Resize) -> None:
        """Addresses are cut where there is no room for them."""
        super().on_resize(event)
        if self._chain is not None:
            self._show(self._chain)

    def _show(self, chain: ChainView) -> None:
        self.query_one("#how", Words).say(sentences(tuple(chain_words.standing(chain))))
        nodes = self.query_one("#nodes")
        nodes.display, nodes.border_title = bool(chain.wanted), chain_words.nodes_title(chain)
        width = self.app.size.width - _MARGIN
        lines = [chain_words.node_line(one, chain.now, width) for one in chain.nodes]
        self.query_one("#who", Words).say(Content("\n").join(lines) or chain_words.NONE_YET)
        self.query_one("#useless").display = bool(chain.useless)
        lines = [chain_words.useless_lines(one, chain.now, width) for one in chain.useless]
        self.query_one("#whom", Words).say(Content("\n").join(lines))
        self.offer()

    # -- doing
    def can(self, action: str) -> bool:
        if action == "try_others":
            return self._chain is not None and bool(self._chain.wanted)
        return True

    def action_try_others(self) -> None:
        """Give others their turn."""
        self.query_one("#refused", RefusalBox).clear()
        self.order(self.session.node.try_other_nodes(), self._tried)

    def _tried(self, answer: ChainView | Refused) -> None:
        if isinstance(answer, Refused):
            self.query_one("#refused", RefusalBox).show(answer)
            return
        self.notify("Hung up; other nodes are looked for.", markup=False)
        self._chain = answer
        self._show(answer)
