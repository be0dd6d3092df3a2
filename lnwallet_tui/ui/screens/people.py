"""The playground's people: whom one can open to and pay, who opens, pays and cheats."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
from lnwallet_tui.api.world import Person, WorldApi
from lnwallet_tui.ui import commands
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.messages import Have, OpenTo, SendThis
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.footer import offering
from lnwallet_tui.ui.widgets.forms import AmountField, Listing
from lnwallet_tui.ui.widgets.words import MUTED, RefusalBox, Words

Answer = TypeVar("Answer")

CHANNEL_SAT, PRICE_SAT = 1_000_000, 25_000
"""What they do where no amount is typed."""
SELLERS = frozenset({"shop", "neighbour", "slow"})
"""Who makes an invoice to be paid; relays and cheats live on fees."""
_AWAY = (
    "Away: no peer reaches them, but their node sees every block. Before a payment expires that it "
    "has looked at, it closes the channel alone and takes it on chain; whoever paid has then paid."
)
_FRAME = 4  # cells of a line that the box takes


class PeopleScreen(WalletScreen):
    """Who is there, and what they can do for you or to you."""

    place = "people"
    mode = ""
    drafts = ("amount",)
    about = (
        "The people of the playground run the same node as you. When the world began, its faucet "
        "gave everybody some coins, and you as well. Choose one with the arrows. You "
        "can open a channel to them, have them open one to you or pay the newest invoice that "
        "you made, buy from those who sell something, and see what the guard does when the cheat "
        "publishes an old state. Tab leads to the amount: of the channel that is opened, of what "
        "you buy, and of what they pay where your invoice leaves it open; it is used once. "
        "Who is slow answers late: {everywhere.mine_until} mines until a payment to them has "
        "arrived. One channel to "
        "a relay reaches everybody: relays pass payments on for a small fee. Whoever is sent "
        "away does not answer until you call them back; what had reached their node by then it "
        "still takes, on chain, unless the channel closes before it looks at it."
    )
    CSS_PATH = "people.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("people")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._said_at = 0  # the height at which something was said
        self._opening: set[str] = set()  # channels that were not ready yet
        self._tells_opening = self._has_invoice = False

    def body(self) -> ComposeResult:
        with Vertical(id="who", classes="box") as box:
            box.border_title = "Who is there"
            box.border_subtitle = "everybody's first coins, yours too, are a gift of the faucet"
            yield Listing(id="people", click_selects=False)
        with VerticalScroll(id="them", classes="box", can_focus=False) as box:
            box.border_title = "The one under the cursor"
            yield Words(id="story")
            yield Words(id="uri", classes="hint")
            with Horizontal(classes="row"):
                yield Words("Amount, sat", classes="label")
                yield AmountField(
                    id="amount",
                    placeholder=self.session.with_keys(
                        f"tab to type; empty: {CHANNEL_SAT:,} for {{people.they_open}}, "
                        f"{PRICE_SAT:,} for {{people.buy}}"
                    ),
                )
            yield Words(id="result")
            yield RefusalBox(id="refused")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Listing).focus()

    def draw(self, picture: Picture) -> None:
        if self._said_at != self._world().height() or self._tells_opening:
            self._tell_opening(picture)  # what was said was so before these blocks
        self._tell_ready(picture)
        listing = self.query_one(Listing)
        is_new = not listing.options
        listing.show(Option(self._row(one, picture), id=one.name) for one in self._people())
        if is_new:
            listing.move_to(self.session.person)
        if self._has_invoice is not bool(self._invoice()):
            self._has_invoice = not self._has_invoice
            self.refresh_bindings()
        self._draw_person()

    def _tell_opening(self, picture: Picture) -> None:
        """How far a channel is that is being opened; nothing where none is."""
        opening = (one for one in picture.channels if one.state is ChannelState.OPENING)
        channel = next(opening, None)
        if channel is None:
            self._say("")
            return
        peer, depth = self.session.who(channel.peer_id), channel.confirmations
        self._say(
            f"The channel with {peer} has {depth} of {channel.confirmations_needed} "
            "confirmations: {everywhere.mine_until} mines on."
        )
        self._tells_opening = True

    def _tell_ready(self, picture: Picture) -> None:
        """What was promised when the channel was opened has come."""
        states = {one.channel_id: one.state for one in picture.channels}
        now = [one for one in self._opening if states.get(one) is ChannelState.READY]
        self._opening = {name for name, one in states.items() if one is ChannelState.OPENING}
        channel = picture.channel(now[0]) if now else None
        if channel is not None:
            self._say(f"✓ The channel with {self.session.who(channel.peer_id)} is ready.")

    def _people(self) -> tuple[Person, ...]:
        return self._world().people()

    def _world(self) -> WorldApi:
        assert self.session.world is not None, "this page is the playground's"
        return self.session.world

    def _row(self, person: Person, picture: Picture) -> Content:
        node_id = person.uri.partition("@")[0]
        channels = sum(one.peer_id == node_id for one in picture.open_channels())
        with_you = fmt.count(channels, "channel") + " with you" if channels else ""
        is_away = person.name in self.session.gone
        away = "away".rjust(26 - len(with_you)) if is_away else ""
        return Content.assemble(
            f"{person.name:<14}",
            (f"{person.role:<12}", MUTED),
            with_you,
            (away, "$warning"),
        )

    def _draw_person(self) -> None:
        person = self._person()
        if person is not None:
            is_away = person.name in self.session.gone
            self.query_one("#story", Words).say(_AWAY if is_away else person.story)
            self.query_one("#uri", Words).say(self._in_two(person.uri))

    def _in_two(self, uri: str) -> str:
        """Where it does not fit on a line, the id is whole on one and the address on the next."""
        return uri if len(uri) <= self.app.size.width - _FRAME else uri.replace("@", "@\n", 1)

    def _person(self) -> Person | None:
        listing = self.query(Listing)  # keys are asked for also while the page comes or goes
        name = listing.first().highlighted_id if listing else None
        return next((one for one in self._people() if one.name == name), None)

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        """Somebody else: what was said about another one goes."""
        self.session.person = self.query_one(Listing).highlighted_id or ""
        self._say("")
        self._draw_person()
        self.refresh_bindings()

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self.action_open_to()

    # -- the amount
    def on_input_submitted(self) -> None:
        self._leave_amount()

    def _leave_amount(self) -> None:
        """Back to the list; what was typed stays until it is used."""
        field = self.query_one(AmountField)
        if field.amount_sat:
            field.value = f"{field.amount_sat:,}"
        self.query_one(Listing).focus()

    def on_descendant_focus(self) -> None:
        self._say_keys()

    def _say_keys(self) -> None:
        is_typing = self.query_one(AmountField).has_focus
        keys = "enter: open a channel to them"
        if is_typing:
            keys = "enter, {everywhere.back}: to the list; the amount stays"
        self.query_one("#them").border_subtitle = self.session.with_keys(keys)

    def action_back(self) -> None:
        """Out of the amount, then to where one came from."""
        if self.query_one(AmountField).has_focus:
            self._leave_amount()
        else:
            super().action_back()

    # -- what they do
    def _have(
        self,
        words: str,
        doing: Coroutine[object, object, Answer | Refused],
        then: Callable[[Answer], str],
    ) -> None:
        """Have somebody do something; `then` says in a sentence what came of it."""

        def told(answer: Answer | Refused) -> None:
            if isinstance(answer, Refused):
                self._complain(answer.message, answer.remedy)
            else:
                self._say(then(answer))

        if self.session.working:
            doing.close()
            self.notify(self.session.busy_words)  # no block hides it
            return
        self._say(words)
        self.post_message(Have(words, doing, told))

    def _say(self, words: str) -> None:
        """What came of it, or nothing; in the room where a complaint stands, too."""
        self._tells_opening = False
        result = self.query_one("#result", Words)
        result.display = bool(words)
        result.say(words)
        self._said_at = self._world().height()
        self.query_one(RefusalBox).clear()

    def _complain(self, message: str, remedy: str) -> None:
        self._say("")
        self.query_one(RefusalBox).complain(message, remedy)

    def _amount_sat(self, otherwise: int) -> int | None:
        """What was typed; what is usual where nothing was. None where it is no amount, which is
        said."""
        field = self.query_one(AmountField)
        typed, amount = field.value.strip(), field.amount_sat
        if typed and not amount:
            self._complain(f"“{typed}” is no amount in satoshis.", "Type another one.")
            field.focus()
            field.select_all()
            return None
        return amount or otherwise

    def _used(self, words: str) -> str:
        """An amount is used once, so that the next one is not typed behind it."""
        self.query_one(AmountField).value = ""
        self.forget_drafts()  # a page that was left meanwhile hears of no change
        return words

    def action_open_to(self) -> None:
        """Open a channel to them."""
        person = self._person()
        amount_sat = self._amount_sat(0)
        if person is not None and amount_sat is not None:
            self.post_message(OpenTo(person.uri, amount_sat))
            self._used("")

    def action_they_open(self) -> None:
        """They open a channel to us."""
        person = self._person()
        if person is None:
            return
        amount_sat = self._amount_sat(CHANNEL_SAT)
        if amount_sat is None:
            return
        name = person.name
        self._have(
            f"{name} opens a channel of {fmt.sat(amount_sat)} to you…",
            self._world().have_them_open(name, amount_sat),
            lambda _: self._used(
                f"{name} opened a channel to you: {{everywhere.mine_until}} mines until it "
                f"can be used."
            ),
        )

    def _invoice(self) -> PaymentView | None:
        """The newest of ours that waits to be paid."""
        picture = self.session.picture
        made = (one for one in (picture.payments if picture else ()) if not one.outgoing)
        return next((one for one in made if one.status is PaymentStatus.WAITING), None)

    def action_they_pay(self) -> None:
        """They pay the newest invoice that waits; what it leaves open is theirs to choose."""
        person, invoice = self._person(), self._invoice()
        if person is None:
            return
        if invoice is None:
            remedy = "Make one: press {everywhere.receive}."
            self._complain("You have made no invoice that waits to be paid.", remedy)
            return
        chosen_msat = None
        if invoice.amount_msat is None:
            chosen_sat = self._amount_sat(PRICE_SAT)
            if chosen_sat is None:
                return
            chosen_msat = chosen_sat * 1000
        name, what = person.name, fmt.msat(chosen_msat or invoice.amount_msat or 0)
        self._have(
            f"{name} pays you {what}…",
            self._world().have_them_pay(name, invoice.invoice, chosen_msat),
            lambda _: self._used(f"✓ {name} paid you {what}."),
        )

    def action_buy(self) -> None:
        """Ask the one under the cursor for an invoice, and go to pay it."""
        person = self._person()
        if person is None:
            return
        if person.role not in SELLERS:
            sellers = [one.name for one in self._people() if one.role in SELLERS]
            self._complain(f"{person.name} sells nothing.", f"Ask {' or '.join(sellers)}.")
            return
        amount_sat = self._amount_sat(PRICE_SAT)
        if amount_sat is None:
            return
        name = person.name
        self._have(
            f"Asking {name}…",
            self._world().invoice_of(name, amount_sat * 1000, "something nice"),
            lambda invoice: self._bought(name, invoice),
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The footer offers to buy where somebody sells, else to open a channel, which enter does
        as well; to be paid where an invoice waits, else to make one. All keys work; some say why
        there is nothing to do."""
        found = super().active_bindings
        person = self._person() if self.is_whole else None
        sells = person is not None and person.role in SELLERS
        waits = self._invoice() is not None
        return offering(
            found,
            {
                "screen.open_to": not sells,
                "screen.buy": sells,
                "screen.they_pay": waits,
                "app.mode('receive')": not waits,
            },
        )

    def _bought(self, name: str, invoice: str) -> str:
        self.post_message(SendThis(invoice))
        return self._used(f"{name} made an invoice.")

    def action_cheat(self) -> None:
        """They publish an old state."""
        person = self._person()
        if person is not None:
            name = person.name
            self._have(
                f"{name} publishes an old state…",
                self._world().have_them_cheat(name),
                lambda _: (
                    f"{name} published an old state. {{everywhere.mine_one}} mines a block; "
                    f"then see Guard ({{everywhere.guard}})."
                ),
            )

    def action_vanish(self) -> None:
        """Send them away, or call them back."""
        person = self._person()
        if person is not None:
            name = person.name
            going, before = name not in self.session.gone, self._world().now()
            self._have(
                f"{name} {'goes away' if going else 'comes back'}…",
                self._world().have_them_vanish(name, going),
                lambda _: self._vanished(name, going=going, before=before),
            )

    def _vanished(self, name: str, *, going: bool, before: int) -> str:
        if going:
            self.session.gone.add(name)
            said = f"{name} is away and does not answer any more."
        else:
            self.session.gone.discard(name)
            said = f"{name} is back."
            if passed := self._world().now() - before:
                said += f" {fmt.span(passed)} went by until all who look for {name} found them."
        self.redraw()
        return said

    def action_copy(self) -> None:
        """Copy their address."""
        person = self._person()
        if person is not None:
            self.copy(person.uri)
