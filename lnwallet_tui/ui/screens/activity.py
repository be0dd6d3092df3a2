"""Activity: all payments and transactions, the newest first, as many as there are."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from lnwallet_tui.api.activity import ActivityCount, ActivityEntry, ActivityPage
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.filter import LONGEST
from lnwallet_tui.api.notes import LONGEST_NOTE
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.ui import activity_words, commands, export, onchain_words, payment_words
from lnwallet_tui.ui.activity_taking import Taken, take_list
from lnwallet_tui.ui.filter_words import Language, language
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.row_subjects import of_transaction
from lnwallet_tui.ui.screens.payment import payment_subjects
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject
from lnwallet_tui.ui.widgets.footer import hiding
from lnwallet_tui.ui.widgets.forms import Field
from lnwallet_tui.ui.widgets.payment_rows import PAGE, PaymentRows, name_of, note_of
from lnwallet_tui.ui.widgets.words import MUTED, RefusalBox, Words

LINE = 72
"""Cells of the lines for words, with what stands before these."""
_MOMENT = 0.5
"""Seconds that an answer may take before the list is called old for an event alone."""


class ActivityScreen(WalletScreen):
    """The list with its filter, and one line to type a note or a file's name in."""

    place = "activity"
    mode = "activity"
    about = activity_words.ABOUT
    CSS_PATH = "activity.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("activity")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._rows = PaymentRows(session.name_of, id="rows")
        self._words = ""  # what the list shows
        self._taken = 0  # how many lists were shown
        self._taking = self._again = False
        self._marking: Timer | None = None  # what will call it old
        self._count = ActivityCount(payments=0, transactions=0)
        self._seen: tuple[object, ...] = ()
        self._cleared = ""  # what was typed before it was cleared
        self._noting: ActivityEntry | None = None
        self._drafts: dict[str, str] = {}
        self._path = self._proposed = ""  # where to write: as typed, and as we would
        self._writing = self._could_write = False

    def body(self) -> ComposeResult:
        with Vertical(id="all", classes="box"):
            with Horizontal(classes="asking"):
                yield Words("/")
                yield Field(
                    id="filter",
                    max_length=LONGEST,
                    select_on_focus=False,
                )
            yield RefusalBox(id="wrong")
            yield Words(id="heading")
            yield self._rows
            yield Words(id="none")
            yield Words(id="words")
            yield Words(id="note")
            yield Words(id="hint", classes="hint")
            with Horizontal(classes="asking", id="asking"):
                yield Words(id="what")
                yield Field(id="answer", max_length=LONGEST_NOTE, select_on_focus=False)
            yield RefusalBox(id="refused")

    def language(self) -> Language:
        return language(self.session.now)

    def on_mount(self) -> None:
        self.query_one("#asking").display = self.query_one("#hint").display = False
        super().on_mount()
        self._rows.focus()

    def draw(self, picture: Picture) -> None:
        now = picture.status.now
        self._rows.tell_time(now, picture.status.height)
        self.query_one("#filter", Field).placeholder = activity_words.example(now)
        wide = self.app.size.width >= activity_words.WIDE
        self.query_one("#heading", Words).say(activity_words.heading(now, wide=wide))
        height = picture.status.height if self._rows.waits else 0
        seen = (picture.payments, picture.balance, height)
        if seen != self._seen:
            self._seen = seen
            self._take()
        else:
            self._draw_one()  # how deep it is changes with every block

    # -- the list
    def _take(self) -> None:
        """Ask for the list as it is now; one asking at a time, however much happens."""
        if self._taking:
            self._again = True
            return
        self._taking, self._again = True, False
        words, session = " ".join(self.query_one("#filter", Input).value.split()), self.session
        same = words == self._words
        if same and self._taken:
            self._marking = self.set_timer(_MOMENT, partial(self._call_it_old, is_read=True))
        else:
            self._call_it_old(is_read=True)
        asking = take_list(session.node, self._rows, words, session.names, same=same)
        self.ask("list", asking, self._show)

    def _call_it_old(self, *, is_read: bool) -> None:
        """What stands there is not what would now: in a word, and as long as it is so."""
        box = self.query_one("#all")
        box.border_title = activity_words.old_title(self._count, self._words, is_read=is_read)

    def _show(self, taken: Taken | Refused) -> None:
        self._taking = False
        if self._marking is not None:
            self._marking.stop()
        wrong = self.query_one("#wrong", RefusalBox)
        if isinstance(taken, Refused):
            wrong.show(taken)  # the list stays: an empty one would look like an answer
            self.query_one("#none").display = False
            self._call_it_old(is_read=False)
        else:
            wrong.clear()
            self._words, self._taken = taken.words, self._taken + 1
            self._count = taken.count
            self._rows.show_payments(taken.count.total, taken.cursor, taken.top, taken.pages)
            self._draw_around(taken.count)
        if self._again:
            self._take()

    def _draw_around(self, count: ActivityCount) -> None:
        box, total = self.query_one("#all"), count.total
        box.border_title = activity_words.title(count, self._words)
        self._draw_keys()
        for name in ("#heading", "#rows"):
            self.query_one(name).display = bool(total)
        if total and self.focused is None:
            self._rows.focus()
        if bool(total) is not self._could_write:
            self._could_write = bool(total)
            self.refresh_bindings()
        none = self.query_one("#none", Words)
        none.display = not total
        empty = activity_words.nothing_stands_here(self.session.picture)
        nothing_yet = self.session.with_keys(empty)
        now = self.session.now
        none.say(activity_words.nothing_found(self._words, now) if self._words else nothing_yet)
        self._draw_one()

    def _draw_keys(self) -> None:
        """What can be pressed in the list, or what enter does on the line at the bottom."""
        if self.query_one("#asking").display:
            does = "write the file" if self._noting is None else "keep it"
            keys = [f"enter: {does}"]
        else:
            keys = ["{activity.filter}: what you looked for"] if self._cleared else []
            keys += ["enter: details"] if self._rows.total else []
        said = self.session.with_keys("   ".join(keys))  # a title reads markup
        self.query_one("#all").border_subtitle = said

    def on_paged_rows_wanted(self, message: PaymentRows.Wanted) -> None:
        after, skip = self._rows.start_of(message.page)
        names = self.session.names
        self.ask(
            f"page {message.page}",
            self.session.node.search_activity(self._words, PAGE, after, skip=skip, names=names),
            partial(self._put, self._taken, message.page),
        )

    def _put(self, taken: int, number: int, page: ActivityPage | Refused) -> None:
        if isinstance(page, Refused):
            self.query_one("#wrong", RefusalBox).show(page)
        elif taken == self._taken:
            self._rows.put_payments(number, page)

    # -- what is under the cursor
    def on_paged_rows_moved(self, _: PaymentRows.Moved) -> None:
        self._draw_one()
        self.offer()

    def _draw_one(self) -> None:
        """Its words and the user's note, each on a line of its own (security: what others write
        never shares a line with an amount)."""
        payment, one, gift = self._rows.payment, self._rows.transaction, self._rows.gift
        if one is not None:
            facts = onchain_words.transaction_facts(one, self.session.now)
            self.query_one("#words", Words).say(Content.styled(facts, MUTED))
            self._quote("#note", "you noted: ", one.note)
            return
        if gift is not None:
            said = Content.styled(activity_words.about_gift(gift), MUTED)
            self.query_one("#words", Words).say(said)
            self._quote("#note", "", None)
            return
        again = whose = ""
        if payment is not None:
            again = activity_words.tried_again(payment, self.session.now)
            whose = f"{payment_words.whose_words(payment)}: "
        words = payment.description if payment is not None else None
        self._quote("#words", whose, words, again)
        if payment is None:
            self._quote("#note", "", None)
        else:
            noted = payment_words.noted(payment, self.session.name_of(payment.payee))
            self._quote("#note", noted, payment.note)

    def _quote(self, selector: str, label: str, text: Untrusted | None, before: str = "") -> None:
        shown = text.cells(LINE - len(before) - len(label)) if text is not None else ""
        said = Content.assemble((before + label, MUTED), shown) if shown else before.rstrip()
        self.query_one(selector, Words).say(said)

    def on_paged_rows_chosen(self, _: PaymentRows.Chosen) -> None:
        from lnwallet_tui.ui.screens.pages_of_activity import page_of

        if self._rows.item is not None:
            self.app.push_screen(page_of(self.session, self._rows.item))

    def subjects(self) -> tuple[Subject, ...]:
        one, session = self._rows.transaction, self.session
        if one is None:
            return payment_subjects(session, self._rows.payment)
        sentence = session.with_names(one.explanation)
        return (of_transaction(one, sentence, session.now, session.who),)

    def can(self, action: str) -> bool:
        if action == "note" and self._rows.gift is not None:
            return False
        if action in {"show_payment", "note"}:
            return self._rows.item is not None
        return True

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The footer offers to write only what is shown; the key says so where nothing is."""
        found = super().active_bindings
        return found if self._rows.total else hiding(found, "screen.export")

    def action_show_payment(self) -> None:
        """Show what is under the cursor (where the list is not focused)."""
        self._rows.action_choose()

    # -- the filter
    def action_filter(self) -> None:
        """Write what to look for; what was cleared comes back, to be gone on with or replaced."""
        field = self.query_one("#filter", Field)
        field.recall(field.value or self._cleared)
        self._cleared = ""
        field.focus()

    def action_last_month(self) -> None:
        """Show only what happened in the last month."""
        field = self.query_one("#filter", Field)
        field.value = activity_words.last_month(field.value)
        self._rows.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter":
            self._take()

    def steps_back(self) -> bool:
        field = self.query_one("#filter", Field)
        return self.query_one("#asking").display or bool(field.value) or field.has_focus

    def action_back(self) -> None:
        """First out of the line at the bottom, then out of the filter, then Home."""
        field = self.query_one("#filter", Field)
        if self.query_one("#asking").display:
            self._end_asking()
        elif field.value:
            self._cleared, field.value = field.value, ""
            self._rows.focus()
        elif field.has_focus:
            self._rows.focus()
        else:
            super().action_back()

    # -- the line at the bottom: a note, or where to write
    def action_note(self) -> None:
        """Write a note to what is under the cursor."""
        entry = self._rows.item
        if entry is not None:
            stands = note_of(entry).cells(LONGEST_NOTE)
            self._ask_for("Your note", entry, self._drafts.get(name_of(entry), stands))

    def action_export(self) -> None:
        """Ask where to write what is shown."""
        if not self._rows.total:
            words = activity_words.NOTHING_TO_WRITE
            self.notify(words if self._words else "There is nothing to write yet.", timeout=5)
            return
        now, words, session = self.session.now, self._words, self.session
        of = activity_words.month_of(words, now)
        asking = export.proposal(session.node, words, session.names, now, of=of)
        self.ask("where", asking, self._ask_where)

    def _ask_where(self, proposal: export.Proposal) -> None:
        self._ask_for("Write to", None, self._path or proposal.path)
        self._proposed = proposal.path
        count = self._count.with_rows(proposal.more)
        written = activity_words.to_be_written(count, self._words, self.session.now)
        hint = self.query_one("#hint", Words)
        hint.say(self.session.with_keys(written))
        hint.display = True

    def _ask_for(self, what: str, noting: ActivityEntry | None, value: str) -> None:
        field = self.query_one("#answer", Field)
        if self.query_one("#asking").display:
            self._keep(field.value)
        self._noting = noting
        self.query_one("#refused", RefusalBox).clear()
        self.query_one("#asking").display = True
        self.query_one("#hint").display = False
        self.query_one("#note").display = False
        self.query_one("#what", Words).say(f"{what}:")
        if noting is None:  # mostly its end is written anew
            field.value, field.cursor_position = value, len(value)
        else:
            field.recall(value)
        self._draw_keys()
        field.focus()

    def _keep(self, typed: str) -> None:
        """What was typed comes back with the same key."""
        if self._noting is None:
            self._path = typed if typed != self._proposed else ""
        else:
            self._drafts[name_of(self._noting)] = typed

    def _end_asking(self) -> None:
        self._keep(self.query_one("#answer", Field).value)
        self.query_one("#asking").display = self.query_one("#hint").display = False
        self.query_one("#note").display = True
        self.query_one("#refused", RefusalBox).clear()
        self._draw_keys()
        self._rows.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            self._rows.focus()
        elif self._noting is not None:
            name, node = name_of(self._noting), self.session.node
            noted, words = partial(self._noted, name), event.value.strip()
            if self._noting.transaction is not None:
                self.order(node.set_transaction_note(name, words), noted)
            else:
                self.order(node.set_note(name, words), noted)
        elif not self._writing:
            self._writing = True
            session = self.session
            written = export.write(session.node, self._words, event.value, session.names)
            self.order(written, partial(self._exported, event.value))

    def _noted(self, name: str, answer: PaymentView | TransactionView | Refused) -> None:
        if isinstance(answer, Refused):
            self.query_one("#refused", RefusalBox).show(answer)
            return
        if self._noting is not None and name_of(self._noting) == name:
            self._end_asking()
        self._drafts.pop(name, None)
        self._take()

    def _exported(self, path: str, answer: ActivityCount | Refused) -> None:
        self._writing = False
        if isinstance(answer, Refused):
            self.query_one("#refused", RefusalBox).show(answer)
            return
        if self._noting is None and self.query_one("#asking").display:
            self._end_asking()
        self._path = ""
        shown = Untrusted(path).cells(200)
        written = activity_words.found(answer)
        self.notify(f"{written} written to {shown}", timeout=6, markup=False)
