"""Home: what you have, whether it is safe, what needs you, what moved money last."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.activity import ActivityPage
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.inbox import InboxGlance
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import BalanceView, PaymentView
from lnwallet_tui.ui import activity_words, commands, latest, onchain_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.commands.everywhere import ShowInbox
from lnwallet_tui.ui.commands.home import ClearNotices, ReadOn
from lnwallet_tui.ui.guard_words import away_line, safety
from lnwallet_tui.ui.messages import Heard, OpenTo
from lnwallet_tui.ui.needs import needs, said_by_node
from lnwallet_tui.ui.payment_words import payment_line, whose_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.restored import is_unknown
from lnwallet_tui.ui.row_subjects import of_transaction
from lnwallet_tui.ui.screens.payment import PaymentScreen, payment_subjects
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.subjects import Subject
from lnwallet_tui.ui.widgets.clickable import action_at, clickable
from lnwallet_tui.ui.widgets.footer import offering
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.ui.widgets.words import MUTED, Fact, Facts, Words, sentences

WORDS_LIMIT = 60
_MOST_ROWS = 9
"""So many amounts fit into a low window's box as it mostly is."""
_OF_CHANNELS: Final = 4
"""So many of the balance's first rows do not hang on blocks."""


class HomeScreen(WalletScreen):
    """The first screen."""

    place = "home"
    mode = "home"
    about = (
        "Your money at a glance. What you can send and what is held back, being settled, opening, "
        "closing and on chain adds up to the total; each row is rounded down to whole satoshis, "
        "and by how much all of them are stands above them. What you can receive is room that your "
        "peers hold for you, not money of yours. What others send on chain counts from its first "
        "block on, and is seen before that only on Receive, where its address stands. What is kept "
        "for closes is part of your coins: it pays for closing channels in time when fees are "
        "high. Safety says what the breach guard "
        "watches and until when you may switch this program off. Move through the latest "
        "payments and transactions with the arrows; enter shows everything about one. What does "
        "not fit under Now is read on with {home.read_on}."
    )
    CSS_PATH = "home.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("home")]

    _has_no_channel = False
    _is_looked_for = False  # what is on chain: before, an empty list says nothing
    _first = ""  # of what stands under Now
    _on_chain: tuple[TransactionView, ...] = ()  # the newest
    _asked_of: tuple[int, ...] = ()  # the block and the coins of that time

    def body(self) -> ComposeResult:
        with Horizontal(id="upper"):
            with Vertical(id="balance", classes="box") as box:
                box.border_title = "Balance"
                yield Facts(label=19, value=17, id="amounts")
            with Vertical(id="right"):
                with Vertical(id="safety", classes="box") as box:
                    box.border_title = "Safety"
                    yield Words(id="safe")
                with Vertical(id="needs", classes="box") as box:
                    box.border_title = "Now"
                    yield Words(id="now")
        with Vertical(id="latest", classes="box") as box:
            box.border_title = "Latest payments"
            yield Listing(id="payments")
            yield Words(id="none")
            yield Words(id="note")

    def on_mount(self) -> None:
        super().on_mount()
        # What fits is known only once it has been laid out.
        self.watch(self.query_one("#needs"), "virtual_size", self._draw_keys)

    def on_resize(self, _: events.Resize) -> None:
        """How much fits of what stands under Now is known once it was laid out anew."""
        self.once_laid_out(self._draw_keys)

    def draw(self, picture: Picture) -> None:
        rows = amounts(picture.balance, has_read=picture.has_read)
        if unknown := sum(map(is_unknown, picture.channels)):
            total = next(at for at, row in enumerate(rows) if row and row.label == "Total")
            rows.insert(total + 1, Fact("  and unknown", f"{unknown:,} restored", style=MUTED))
        self.query_one("#amounts", Facts).tell(rows)
        self.query_one("#balance").border_title = f"Balance{rounded_off(picture.balance)}"
        upper = self.query_one("#upper")
        upper.set_class(len(rows) > _MOST_ROWS, "-taller")
        upper.set_class(len(rows) > _MOST_ROWS + 1, "-tallest")
        safe = [*safety(picture, playground=self.session.playground), *away_line(picture)]
        self.query_one("#safe", Words).say(sentences(safe))
        session = self.session
        found = needs(
            picture,
            playground=session.playground,
            who=session.who,
            custody=session.custody_view,
        )
        now = [
            replace(
                line, text=session.with_names(line.text), remedy=session.with_names(line.remedy)
            )
            for line in found
        ]
        self.query_one("#now", Words).say(sentences(now) if now else "Nothing needs you.")
        box = self.query_one("#needs")
        box.border_title = f"Now: {len(now)} things" if now[1:] else "Now"
        first = _without_numbers(now[0].text) if now else ""
        if first != self._first:  # something else is the most pressing now: it must be seen
            self._first = first
            box.scroll_home(animate=False)
        self._ask_for_transactions(picture)
        self._draw_latest(picture)
        self._draw_keys()
        self.once_laid_out(self._draw_keys)  # another height of the box is told by nothing else
        has_no_channel = not picture.open_channels()
        if has_no_channel is not self._has_no_channel:
            self._has_no_channel = has_no_channel
            self.refresh_bindings()

    def _draw_keys(self) -> None:
        """Which keys do something with what stands under Now."""
        box, picture = self.query_one("#needs"), self.session.picture
        can_clear = picture is not None and (
            len(_standing(picture)) < len(picture.notices) or said_by_node(picture)
        )
        unread = picture.inbox.unread if picture is not None else 0
        keys = [
            *([self._clickable(_unread(unread), ShowInbox)] if unread else []),
            *([self._clickable(_named(ReadOn), ReadOn)] if self._is_long else []),
            *([self._clickable(_named(ClearNotices), ClearNotices)] if can_clear else []),
        ]
        box.border_subtitle = Content("  ").join(keys)
        if self.session.node_lives:  # in a process that nobody sees
            lives = Content(f"node {self.session.node_lives}")
            self.query_one("#safety").border_subtitle = lives
        self.query_one("#balance").border_subtitle = self.session.with_keys(
            "{everywhere.satoshis}: where is it all"
        )

    @property
    def _is_long(self) -> bool:
        """Whether more stands under Now than is seen at once."""
        return self._first != "" and self.query_one("#needs").max_scroll_y > 0

    def _clickable(self, said: str, command: type[commands.Command]) -> Content:
        """What a key does; so does a click on it, whatever one on the box does."""
        return clickable(self.session.with_keys(said), command)

    def _ask_for_transactions(self, picture: Picture) -> None:
        """They come with blocks, and with coins: only then the node is asked."""
        balance = picture.balance
        now = (picture.status.height, balance.onchain_confirmed_sat, balance.onchain_pending_sat)
        if now != self._asked_of:
            if not any(self._asked_of[:1]):  # the answer was of a node that had read nothing
                self._is_looked_for = False
            self._asked_of = now
            asking = self.session.node.search_activity("onchain", latest.MOST)
            self.ask("on chain", asking, self._take_transactions)

    def _take_transactions(self, page: ActivityPage | Refused) -> None:
        picture = self.session.picture
        if isinstance(page, Refused) or picture is None:
            return
        found = (one.transaction for one in page.entries)
        self._on_chain = tuple(one for one in found if one is not None)
        self._is_looked_for = True
        self._draw_latest(picture)

    def _draw_latest(self, picture: Picture) -> None:
        now, name_of = picture.status.now, self.session.name_of
        rows = latest.latest(picture.payments, self._on_chain)
        first = latest.start(rows)
        self.query_one("#payments", Listing).show(
            (
                Option(
                    payment_line(one, now, name_of(one.payee))
                    if isinstance(one, PaymentView)
                    else latest.transaction_line(one, now, self._who),
                    id=latest.name_of(one),
                )
                for one in rows
            ),
            newest_first=True,
            start=None if first is None else latest.name_of(first),
        )
        keys = "enter: details   {everywhere.activity}: all" if rows else ""
        box = self.query_one("#latest")
        box.border_subtitle = self.session.with_keys(keys)
        box.border_title = latest.heading(self._on_chain)
        none = self.query_one("#none", Words)
        none.display = not rows
        none.say(activity_words.none_found(picture) if self._is_looked_for else "")
        self._draw_note()

    def _who(self, node_id: str) -> str:
        return self.session.name_of(node_id) or f"{node_id[:8]}…"

    def _draw_note(self) -> None:
        """The words of the payment under the cursor, on a line of their own (security: what
        others write never shares a line with an amount)."""
        one = self._transaction()
        if one is not None:
            facts = onchain_words.transaction_facts(one, self.session.now)
            self.query_one("#note", Words).say(Content.styled(facts, MUTED))
            return
        payment = self._payment()
        words = payment.description if payment is not None else Untrusted("")
        whose = f"{whose_words(payment)}: " if payment is not None else ""
        shown = words.cells(WORDS_LIMIT)
        self.query_one("#note", Words).say(
            Content.assemble((whose, "$lnwallet-muted"), shown) if shown else ""
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Without a channel the footer offers to open one, in the place of the guard, which then
        has nothing to do. Both keys always work."""
        found = super().active_bindings
        if not self._has_no_channel:
            return found
        return offering(found, {"screen.open_channel": True, "app.mode('guard')": False})

    def _payment(self) -> PaymentView | None:
        payment_hash = self.query_one("#payments", Listing).highlighted_id
        picture = self.session.picture
        if picture is None or payment_hash is None:
            return None
        return picture.payment(payment_hash)

    def _transaction(self) -> TransactionView | None:
        txid = self.query_one("#payments", Listing).highlighted_id
        return next((one for one in self._on_chain if one.txid == txid), None)

    def subjects(self) -> tuple[Subject, ...]:
        one, session = self._transaction(), self.session
        if one is None:
            return payment_subjects(session, self._payment())
        sentence = session.with_names(one.explanation)
        return (of_transaction(one, sentence, session.now, session.who),)

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self._draw_note()

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self.action_show_payment()

    async def on_click(self, event: events.Click) -> None:
        """The balance opens into where it all is, what stands under Now into the inbox, but for a
        key that is named on its border."""
        if event.widget is None or action_at(event):
            return
        for box, page in (("#balance", "satoshis"), ("#needs", "inbox")):
            if self.query_one(box) in event.widget.ancestors_with_self:
                await self.app.run_action(f"app.page('{page}')")

    def action_show_payment(self) -> None:
        """Show what is under the cursor; this is also called where the list is not focused."""
        one, payment = self._transaction(), self._payment()
        if one is not None:
            from lnwallet_tui.ui.screens.transaction_of_home import TransactionOfHome

            self.app.push_screen(TransactionOfHome(self.session, one.txid))
        elif payment is not None:
            self.app.push_screen(PaymentScreen(self.session, payment.payment_hash))

    def action_read_on(self) -> None:
        """The next page of what stands under Now."""
        box = self.query_one("#needs")
        if box.scroll_offset.y < box.max_scroll_y:
            box.scroll_page_down(animate=False)
        else:
            box.scroll_home(animate=False)

    def action_clear_notices(self) -> None:
        """What stands here of the inbox has been read; it is found there. What stands nowhere else
        and is still so stays."""
        picture = self.session.picture
        if picture is not None:
            numbers = tuple(one.number for one in said_by_node(picture))
            self.session.picture = replace(picture, notices=_standing(picture))
            self.order(self.session.node.mark_read(numbers), self._told)
            self.redraw()

    def _told(self, answer: InboxGlance | Refused) -> None:
        """The feed tells what is unread now."""
        if isinstance(answer, Refused):
            self.app.post_message(Heard(Notice(answer.message, answer.remedy)))

    def action_open_channel(self) -> None:
        """Open one."""
        self.post_message(OpenTo(""))


def _named(command: type[commands.Command]) -> str:
    """Its key, and what settings and help call it."""
    return f"{{{commands.id_of(command)}}}: {command.title.lower()}"


def _unread(count: int) -> str:
    return f"{{everywhere.inbox}}: {count:,} unread"


def _standing(picture: Picture) -> tuple[Notice, ...]:
    """The screen's own sentences that are so until something is done about them: no inbox keeps
    them."""
    return tuple(one for one in picture.notices if one.urgent)


def _without_numbers(text: str) -> str:
    """What tells a sentence from others: heights and times in it change with every block."""
    return "".join(one for one in text if not one.isdigit())


def amounts(balance: BalanceView, *, has_read: bool = True) -> list[Fact | None]:
    """The balance as rows; all above the total add up to it but for what is `rounded_off`. Before
    any block was read, a wallet that came back may have what it does not know of: nothing is called
    0 then but what only its channels tell, as in `balance`."""
    rows: list[Fact | None] = [
        _row(label, part, bright=at == 0, is_known=has_read or at < _OF_CHANNELS)
        for at, (label, part) in enumerate(_parts(balance))
    ]
    beside = _beside(balance)
    return [
        *rows,
        _row("Total", balance.total_msat, bright=True, is_known=has_read),
        *(beside if beside or balance.onchain_pending_sat else [None]),
        _row("Can receive now", balance.can_receive_msat, bright=True),
    ]


def rounded_off(balance: BalanceView) -> str:
    """Above the rows, for below them is no line left in a low window: what they lack to the total,
    as each is rounded down."""
    lacking_sat = fmt.rounded_off((part for _, part in _parts(balance)), balance.total_msat)
    return f", rows rounded down by {fmt.sat(lacking_sat)}" if lacking_sat else ""


def _parts(balance: BalanceView) -> list[tuple[str, int]]:
    parts = [
        ("Can send now", balance.can_send_msat),
        ("Held back", balance.reserved_msat),
        ("Being settled", balance.in_flight_msat),
        ("Opening", balance.opening_msat),
        ("Closing", balance.closing_msat),  # from here on blocks tell
        ("On-chain", balance.onchain_confirmed_sat * 1000),
    ]
    if balance.onchain_pending_sat:
        parts.append(("Unconfirmed", balance.onchain_pending_sat * 1000))
    return parts


def _beside(balance: BalanceView) -> list[Fact]:
    """What of it is on chain and not to be spent: what the user froze, and what is there only to
    close channels with."""
    parts = (
        ("  of it frozen", balance.onchain_frozen_sat),
        ("  kept for closes", balance.bump_reserve_sat),
    )
    return [Fact(label, fmt.sat(part), style="$lnwallet-muted") for label, part in parts if part]


def _row(label: str, amount_msat: int, *, bright: bool = False, is_known: bool = True) -> Fact:
    if not amount_msat and not is_known:
        return Fact(label, "not known yet", style=MUTED)
    style = "bold" if bright else ("" if amount_msat else "$lnwallet-muted")
    return Fact(label, fmt.msat(amount_msat), style=style)
