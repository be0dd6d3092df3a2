"""One transaction of the wallet, as long as one looks at it: what it is and where it stands."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from lnwallet_tui.api.coins import TransactionsPage, TransactionView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import BumpQuote
from lnwallet_tui.ui import commands, spending_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.row_subjects import of_transaction
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject
from lnwallet_tui.ui.widgets.words import Fact, Facts, RefusalBox, Words, quotation

_NOTE_LIMIT = 60


class TransactionScreen(WalletScreen):
    """It is asked for anew with each picture."""

    place = "transaction"
    mode = ""
    about = (
        "One transaction on chain: what it was for, what it changed for you, its fee, and whether "
        "a block has it. While none has, the wallet offers it to the network again with every "
        "block, also after a restart; you may leave this page. A payment of yours can be hurried "
        "for a higher fee until then: another one takes its place. What opens a channel, and what "
        "others sent you, is hurried by a second transaction that pays for both."
    )
    CSS_PATH = "transaction.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("transaction")]

    def __init__(self, session: Session, txid: str) -> None:
        super().__init__(session)
        self._txid = txid
        self._one: TransactionView | None = None

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="page"):
            yield Words("Transaction", id="title", classes="title")
            yield Words(id="explanation")
            yield Facts(label=9, value=17, id="facts")
            yield Words(id="note")
            yield Words(id="hint", classes="hint")
            yield RefusalBox(id="refused")

    def draw(self, picture: Picture) -> None:  # noqa: ARG002  # whatever it is, the node is asked
        asking = self.session.node.transactions(1, 0, holding=self._txid)
        self.ask("transaction", asking, self._show)

    def _show(self, page: TransactionsPage | Refused) -> None:
        refused = self.query_one("#refused", RefusalBox)
        if isinstance(page, Refused):
            refused.show(page)
            return
        refused.clear()
        known = (*page.waiting_closes, *page.transactions)
        self._one = next((one for one in known if one.txid == self._txid), None)
        if self._one is None:
            self.ask("absent", self.session.node.quote_bump(self._txid), self._show_absent)
        else:
            self._show_one(self._one)
        self.offer()

    def _show_one(self, one: TransactionView) -> None:
        self.query_one("#title", Words).say(spending_words.title(one))
        self.query_one("#explanation", Words).say(self.session.with_names(one.explanation))
        facts = spending_words.facts(one, self.session.now, self.session.who)
        self.query_one("#facts", Facts).tell(facts)
        self.query_one("#note", Words).say(quotation("you noted: ", one.note, _NOTE_LIMIT))
        mine = "; {everywhere.mine_one} mines a block" if self.session.playground else ""
        hint = "" if one.height else f"{{transaction.hurry}} hurries it{mine}."
        self.query_one("#hint", Words).say(hint)

    def _show_absent(self, asked: BumpQuote | Refused) -> None:
        """The history does not have it. Whoever wants to hurry it is told what became of it;
        nothing else that was said of it need be so now."""
        if self._one is not None:
            return
        title, words = spending_words.absent(asked)
        self.query_one("#title", Words).say(title)
        self.query_one("#explanation", Words).say(words)
        self.query_one("#facts", Facts).tell([Fact("Id", self._txid)])
        for gone in ("#note", "#hint"):
            self.query_one(gone, Words).say("")

    def subjects(self) -> tuple[Subject, ...]:
        one = self._one
        if one is None:
            return ()
        sentence = self.session.with_names(one.explanation)
        return (of_transaction(one, sentence, self.session.now, self.session.who),)

    def can(self, action: str) -> bool:
        if action == "hurry":
            return self._one is not None and not self._one.height
        return True

    def action_copy(self) -> None:
        """Copy its id."""
        self.copy(self._txid)

    def action_hurry(self) -> None:
        """What hurrying it would cost."""
        from lnwallet_tui.ui.screens.hurry import HurryScreen

        one = self._one
        if one is not None and not one.height:
            self.app.push_screen(HurryScreen(self.session, one.txid, one.kind, self._follow))

    def _follow(self, txid: str) -> None:
        """Look at the one that hurries it from now on."""
        self._txid, self._one = txid, None
        self.redraw()
