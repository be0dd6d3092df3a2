"""On-chain: the coins and the history of transactions, what each is, and what can be done with
it."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from lnwallet_tui.api.coins import CoinView, OnchainView, TransactionView
from lnwallet_tui.api.notes import LONGEST_NOTE
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui import commands, onchain_words, payout_lines
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.history_pages import coins_page, forget_spent, history_page
from lnwallet_tui.ui.messages import OpenTo, ToAddress, ToChannels
from lnwallet_tui.ui.page_taking import Page, Taken, take
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.row_subjects import frost, of_coin, of_transaction
from lnwallet_tui.ui.screens.hurry import HurryScreen
from lnwallet_tui.ui.screens.pay_many import PayManyScreen
from lnwallet_tui.ui.screens.transaction import TransactionScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject
from lnwallet_tui.ui.widgets.forms import Field
from lnwallet_tui.ui.widgets.paged_rows import PAGE, PagedRows
from lnwallet_tui.ui.widgets.words import RefusalBox, Words, more, on_layout, quotation

Item = TypeVar("Item")
Everything = tuple[OnchainView, Taken[CoinView] | Refused, Taken[TransactionView] | Refused]
WORDS_LIMIT = 60


class OnchainScreen(WalletScreen):
    """Two lists, of which a low window shows one; a sentence for the row under the cursor."""

    place = "onchain"
    mode = ""
    about = onchain_words.ABOUT
    CSS_PATH = "onchain.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("onchain")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._coins: PagedRows[CoinView] = PagedRows(self._coin_row, id="coins-rows")
        self._history: PagedRows[TransactionView] = PagedRows(self._history_row, id="history-rows")
        self._at_history = False
        self._asked_for: Picture | None = None
        self._taking = False
        self._noting = ""  # the coin or transaction that words are written for
        self._drafts: dict[str, str] = {}

    def body(self) -> ComposeResult:
        with Vertical(id="sums-box", classes="box") as box:
            box.border_title = "On-chain"
            yield Words(id="sums")
        with Vertical(id="coins-box", classes="box"):
            yield Words(id="coins-heading")
            yield self._coins
            yield Words(id="no-coins")
        with Vertical(id="history-box", classes="box"):
            yield Words(id="history-heading")
            yield self._history
            yield Words(onchain_words.NO_HISTORY, id="no-history")
        with Vertical(id="what", classes="box") as box:
            box.border_title = "What it is"
            yield Words(id="facts")
            yield Words(id="explanation")
            yield Words(id="note")
            with Horizontal(id="asking"):
                yield Words("Your note:")
                yield Field(id="answer", max_length=LONGEST_NOTE, select_on_focus=False)
            yield RefusalBox(id="refused")

    def on_mount(self) -> None:
        self.query_one("#asking").display = False
        self.query_one("#no-history").display = False  # until it is known
        super().on_mount()
        on_layout(self.query_one("#what"), self.query_one("#explanation", Words), self._say_more)
        self._coins.focus()

    # -- asking
    def draw(self, picture: Picture) -> None:
        wide = self._wide
        self.query_one("#coins-heading", Words).say(onchain_words.coins_heading(wide=wide))
        self.query_one("#history-heading", Words).say(onchain_words.history_heading(wide=wide))
        if picture is not self._asked_for and not self._taking:
            self._asked_for, self._taking = picture, True
            self.ask("everything", self._take(), self._show)

    async def _take(self) -> Everything:
        node = self.session.node
        await forget_spent(node, self.session.marked)
        return (
            await node.onchain(),
            await take(self._coins, partial(coins_page, node), lambda coin: coin.coin),
            await take(self._history, partial(history_page, node), lambda one: one.txid),
        )

    def _take_again(self) -> None:
        self._asked_for = None
        if self.session.picture is not None:
            self.draw(self.session.picture)

    def _show(self, taken: Everything) -> None:
        """What there is at one moment; asked for again where the picture has changed meanwhile."""
        self._taking = False
        sums, coins, history = taken
        self.query_one("#sums", Words).say(onchain_words.summary(sums, self.session.now))
        if isinstance(coins, Refused) or isinstance(history, Refused):
            refused = coins if isinstance(coins, Refused) else history
            assert isinstance(refused, Refused)
            self.query_one("#refused", RefusalBox).show(refused)
        else:
            coins.show(self._coins)
            history.show(self._history)
            self._draw_around()
        if self.session.picture is not None:
            self.draw(self.session.picture)

    def on_paged_rows_wanted(self, message: PagedRows.Wanted) -> None:
        node, number, skip = self.session.node, message.page, message.page * PAGE
        if message.name == self._coins.id:
            put = partial(self._put, self._coins, number)
            self.ask(f"coins {number}", coins_page(node, skip, ""), put)
        else:
            put_past = partial(self._put, self._history, number)
            self.ask(f"history {number}", history_page(node, skip, ""), put_past)

    def _put(self, rows: PagedRows[Item], number: int, page: Page[Item] | Refused) -> None:
        if isinstance(page, Refused):
            self.query_one("#refused", RefusalBox).show(page)
        elif page.total != rows.total:
            self._take_again()  # another block came in between
        else:
            rows.put(number, page.items)

    # -- showing
    @property
    def _wide(self) -> bool:
        return self.app.size.width >= 110

    def _coin_row(self, coin: CoinView, width: int) -> Content:
        marked = coin.coin in self.session.marked
        now = self.session.now
        return onchain_words.coin_row(coin, width, now, self._who, wide=self._wide, marked=marked)

    def _history_row(self, one: TransactionView, width: int) -> Content:
        return onchain_words.transaction_row(
            one, width, self.session.now, self._who, wide=self._wide
        )

    def _who(self, node_id: str) -> str:
        return self.session.name_of(node_id) or f"{node_id[:8]}…"

    def _draw_around(self) -> None:
        coins, history = self._coins.total, self._history.total
        box, past = self.query_one("#coins-box"), self.query_one("#history-box")
        marked = payout_lines.marked(len(self.session.marked), sum(self.session.marked.values()))
        title = f"Coins on chain: {coins:,}" + (f", {marked}" if self.session.marked else "")
        box.border_title = self.session.with_keys(title)
        box.border_subtitle = self.session.with_keys(f"{{onchain.turn}}: history ({history:,})")
        past.border_title = f"On chain: {fmt.count(history, 'transaction')}"
        past.border_subtitle = self.session.with_keys(f"{{onchain.turn}}: coins ({coins:,})")
        self.query_one("#no-coins", Words).say(onchain_words.no_coins(history))
        for name, total in (("coins", coins), ("history", history)):
            for selector in (f"#{name}-heading", f"#{name}-rows"):
                self.query_one(selector).display = bool(total)
            self.query_one(f"#no-{name}").display = not total
        if self.focused is None:
            self._rows.focus()
        self._draw_one()

    @property
    def _rows(self) -> PagedRows[CoinView] | PagedRows[TransactionView]:
        return self._history if self._at_history else self._coins

    @property
    def _item(self) -> CoinView | TransactionView | None:
        return self._rows.item

    def _draw_one(self) -> None:
        one, now = self._item, self.session.now
        self.query_one("#what").display = one is not None
        if one is None:
            return
        if isinstance(one, CoinView):
            facts = onchain_words.coin_facts(one, now)
            note = quotation("you noted: ", one.note, WORDS_LIMIT)
            if not one.note:
                note = quotation("of its transaction you noted: ", one.tx_note, WORDS_LIMIT)
        else:
            facts = onchain_words.transaction_facts(one, now)
            note = quotation("you noted: ", one.note, WORDS_LIMIT)
        self.query_one("#facts", Words).say(Content.styled(facts, "bold"))
        self.query_one("#explanation", Words).say(self.session.with_names(one.explanation))
        # Security: what may have been pasted never shares a line with an amount.
        self.query_one("#note", Words).say(note)
        self._say_more()
        self.offer()

    def on_resize(self, _: events.Resize) -> None:
        """How much fits is known once it was laid out anew."""
        self._say_more()

    def _say_more(self) -> None:
        self.once_laid_out(self._draw_more)

    def _draw_more(self) -> None:
        """Where more stands, also of what is cut."""
        box, one = self.query_one("#what"), self._item
        keys = more(box, self.query_one("#explanation", Words))
        keys += ["enter: its channel"] if one is not None and one.channel_id else []
        box.border_subtitle = self.session.with_keys("   ".join(keys))

    def on_paged_rows_moved(self, _: PagedRows.Moved) -> None:
        if not self.query_one("#asking").display:
            self.query_one("#refused", RefusalBox).clear()
        self._draw_one()

    def on_paged_rows_chosen(self, _: PagedRows.Chosen) -> None:
        self.action_show_channel()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if event.widget in (self._coins, self._history):
            self._stand_at(history=event.widget is self._history)

    def _stand_at(self, *, history: bool) -> None:
        self._at_history = history
        self.set_class(history, "-history")
        self._draw_one()
        self.offer()

    def subjects(self) -> tuple[Subject, ...]:
        one = self._item
        if one is None:
            return ()
        sentence = self.session.with_names(one.explanation)
        if isinstance(one, CoinView):
            return (of_coin(one, sentence, self.session.now, self._who),)
        return (of_transaction(one, sentence, self.session.now, self._who),)

    @property
    def renamed(self) -> dict[str, str]:
        return frost(self._item)

    # -- doing
    def can(self, action: str) -> bool:
        one = self._item
        match action:
            case "note" | "copy":
                return one is not None
            case "freeze" | "mark":
                return isinstance(one, CoinView)
            case "show_channel":
                return one is not None and bool(one.channel_id)
            case "show_transaction":
                return one is not None
            case "hurry":
                return one is not None and not one.height
            case _:
                return True

    def action_turn(self) -> None:
        """To the other list."""
        if self.query_one("#asking").display:
            self._end_asking()
        self._stand_at(history=not self._at_history)
        self._rows.focus()

    def action_copy(self) -> None:
        """Copy the id of what is under the cursor."""
        one = self._item
        if one is not None:
            self.copy(_name(one))

    def action_address(self) -> None:
        """A fresh address, on Receive."""
        self.post_message(ToAddress())

    def action_open_channel(self) -> None:
        """Open a channel with the coins."""
        self.post_message(OpenTo(""))

    def action_show_channel(self) -> None:
        """Go to its channel."""
        one = self._item
        if one is not None and one.channel_id:
            self.post_message(ToChannels(one.channel_id))

    def action_show_transaction(self) -> None:
        """Its own page."""
        one = self._item
        if one is not None:
            self.app.push_screen(TransactionScreen(self.session, _txid(one)))

    def action_hurry(self) -> None:
        """What it would cost to hurry what waits."""
        one = self._item
        if one is not None and not one.height:
            self.app.push_screen(HurryScreen(self.session, _txid(one), one.kind))

    def action_freeze(self) -> None:
        """Freeze the coin under the cursor, or thaw it."""
        one = self._item
        if isinstance(one, CoinView):
            if not one.frozen:
                self.session.marked.pop(one.coin, None)  # nothing spends it then
            self.order(self.session.node.freeze(one.coin, not one.frozen), self._changed)

    def action_mark(self) -> None:
        """Mark the coin under the cursor, or take the mark away."""
        one = self._item
        if isinstance(one, CoinView):
            if one.frozen and one.coin not in self.session.marked:
                said = "It is frozen, so nothing spends it: thaw it first ({onchain.freeze})."
                self.notify(self.session.with_keys(said))
                return
            if self.session.marked.pop(one.coin, None) is None:
                self.session.marked[one.coin] = one.amount_sat
            self._coins.refresh()
            self._draw_around()

    def action_pay(self) -> None:
        """From the coins that are marked, if any are."""
        self.app.push_screen(PayManyScreen(self.session, self.session.marked, self._paid))

    def _paid(self) -> None:
        self.session.marked.clear()
        self._coins.refresh()
        self._draw_around()

    # -- notes
    def action_note(self) -> None:
        """Write a note to what is under the cursor."""
        one = self._item
        if one is None:
            return
        name, field = _name(one), self.query_one("#answer", Field)
        self._noting = name
        self.query_one("#refused", RefusalBox).clear()
        self.query_one("#asking").display = True
        self.query_one("#note").display = False
        field.recall(self._drafts.get(name, one.note.cells(LONGEST_NOTE)))
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        name, words, node = self._noting, event.value.strip(), self.session.node
        self._drafts[name] = event.value
        noted = partial(self._noted, name)
        if ":" in name:
            self.order(node.set_coin_note(name, words), noted)
        else:
            self.order(node.set_transaction_note(name, words), noted)

    def _noted(self, name: str, answer: CoinView | TransactionView | Refused) -> None:
        if not isinstance(answer, Refused) and self._noting == name:
            self._end_asking()
            self._drafts.pop(name, None)
        self._changed(answer)

    def _changed(self, answer: CoinView | TransactionView | Refused) -> None:
        if isinstance(answer, Refused):
            self.query_one("#refused", RefusalBox).show(answer)
        else:
            self._take_again()

    def _end_asking(self) -> None:
        self._drafts[self._noting] = self.query_one("#answer", Field).value
        self._noting = ""
        self.query_one("#asking").display = False
        self.query_one("#note").display = True
        self.query_one("#refused", RefusalBox).clear()
        self._rows.focus()

    def action_back(self) -> None:
        """First out of the line for a note; what was typed comes back with the same key."""
        if self.query_one("#asking").display:
            self._end_asking()
        else:
            super().action_back()


def _name(one: CoinView | TransactionView) -> str:
    return one.coin if isinstance(one, CoinView) else one.txid


def _txid(one: CoinView | TransactionView) -> str:
    return _name(one).partition(":")[0]
