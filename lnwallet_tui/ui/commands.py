"""Everything the user can do, one class each: it feeds the footer, the palette and the help.

A class says where it can be done, with which keys, and in its docstring, in a sentence, what it
does. The doing is an action of the screen (or of the app, for what can be done everywhere).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.binding import Binding

EVERYWHERE: Final = "everywhere"
PLACES: Final = {
    "home": "Home",
    "channels": "Channels",
    "channel": "One channel",
    "open": "Open a channel",
    "close": "Close a channel",
    "receive": "Receive",
    "send": "Send",
    "payment": "One payment",
    "guard": "Guard",
    "people": "The playground's people",
    "help": "Help",
    "leave": "Leave",
    EVERYWHERE: "Everywhere",
}

MOST_IN_FOOTER: Final = 7


class Command:
    """Base of all commands; subclasses register themselves in the order they are written."""

    where: ClassVar[str]
    keys: ClassVar[str]
    title: ClassVar[str]
    action: ClassVar[str]
    footer: ClassVar[frozenset[str]]
    needs_world: ClassVar[bool]

    def __init_subclass__(
        cls,
        *,
        where: str,
        keys: str,
        title: str,
        action: str = "",
        footer: str = "",
        needs_world: bool = False,
    ) -> None:
        cls.where, cls.keys, cls.title = where, keys, title
        cls.action = action or cls.__name__.lower()
        cls.footer = frozenset(footer.split())
        cls.needs_world = needs_world
        ALL.append(cls)

    @classmethod
    def sentence(cls) -> str:
        """What it does."""
        return " ".join((cls.__doc__ or "").split())


ALL: Final[list[type[Command]]] = []


def of_place(place: str) -> Iterator[type[Command]]:
    """What can be done there and not everywhere."""
    return (command for command in ALL if command.where == place)


def usable(place: str, *, playground: bool) -> Iterator[type[Command]]:
    """What can be done from there, the place's own first."""
    for where in dict.fromkeys((place, EVERYWHERE)):
        for command in of_place(where):
            if playground or not command.needs_world:
                yield command


def bindings(place: str) -> list[Binding]:
    """The keys of a screen; those that its footer shows are marked."""
    return [
        Binding(
            command.keys,
            action_of(command),
            command.title,
            show=place in command.footer,
            priority=command.needs_world,
            id=id_of(command),
        )
        for command in (*of_place(place), *of_place(EVERYWHERE))
    ]


def name_of(command: type[Command]) -> str:
    """What the user's settings call it, at its place."""
    return command.action.removeprefix("mode('").removesuffix("')")


def id_of(command: type[Command]) -> str:
    """Its name with its place: what a keymap calls it."""
    return f"{command.where}.{name_of(command)}"


def action_of(command: type[Command]) -> str:
    """The action to run, with its namespace."""
    return ("app." if command.where == EVERYWHERE else "screen.") + command.action


class OpenFromHome(Command, where="home", keys="o", title="Open", action="open_channel", footer=""):
    """Open a channel, so that you can pay."""


class ClearNotices(Command, where="home", keys="d", title="Clear", action="clear_notices"):
    """Take away the notices that you have read."""


class Receipt(Command, where="home", keys="enter", title="Details", action="show_payment"):
    """Show everything about the payment under the cursor."""


class OpenChannel(
    Command, where="channels", keys="o", title="Open", action="open_channel", footer="channels"
):
    """Open a channel to a peer: who, how much, what it costs, then decide."""


class CloseChannel(
    Command, where="channels", keys="x", title="Close", action="close_channel", footer="channels"
):
    """Close the channel under the cursor, together or alone; costs and dates come first."""


class ShowChannel(
    Command,
    where="channels",
    keys="enter",
    title="Details",
    action="show_channel",
    footer="channels",
):
    """Show every number of the channel under the cursor."""


class CopyPeer(Command, where="channels", keys="y", title="Copy id", action="copy_peer"):
    """Copy the peer's node id to the clipboard."""


class CloseThis(
    Command, where="channel", keys="x", title="Close", action="close_channel", footer="channel"
):
    """Close this channel, together or alone; costs and dates come first."""


class CopyChannel(
    Command, where="channel", keys="y", title="Copy id", action="copy", footer="channel"
):
    """Copy the channel's id to the clipboard."""


class Copy(Command, where="receive", keys="y", title="Copy", footer="receive"):
    """Copy the invoice or address to the clipboard."""


class QrMode(
    Command, where="receive", keys="m", title="Drawing", action="qr_mode", footer="receive"
):
    """Draw the code in another way: fine, half blocks, or whole cells, if it does not scan."""


class NewInvoice(
    Command, where="receive", keys="n", title="New", action="new_invoice", footer="receive"
):
    """Put this one aside and make another invoice; the one shown stays payable."""


class OnchainAddress(
    Command,
    where="receive",
    keys="ctrl+o",
    title="Bitcoin address",
    action="address",
    footer="receive",
):
    """Show a fresh Bitcoin address, to fill the wallet on chain."""


class CopyProof(
    Command, where="send", keys="y", title="Copy proof", action="copy_proof", footer="send"
):
    """Copy the preimage, the proof that this invoice was paid."""


class NewPayment(
    Command, where="send", keys="n", title="Pay another", action="new_payment", footer="send"
):
    """Empty the page for another payment."""


class CopyPaymentProof(
    Command, where="payment", keys="y", title="Copy", action="copy", footer="payment"
):
    """Copy the preimage of a payment that was paid, else its invoice."""


class CopyTxid(Command, where="guard", keys="y", title="Copy txid", action="copy", footer="guard"):
    """Copy the transaction id of the log line under the cursor."""


class OpenTo(
    Command, where="people", keys="o", title="Open to them", action="open_to", footer="people"
):
    """Open a channel to the one under the cursor (enter does the same)."""


class TheyOpen(
    Command, where="people", keys="i", title="They open", action="they_open", footer="people"
):
    """They open a channel to you, so that you can be paid."""


class TheyPay(
    Command, where="people", keys="p", title="They pay", action="they_pay", footer="people"
):
    """They pay the newest invoice that you made and that waits."""


class Buy(Command, where="people", keys="b", title="Buy", action="buy", footer="people"):
    """Ask them, or the shop, for an invoice; it opens in Send."""


class LetCheat(Command, where="people", keys="x", title="Cheat", action="cheat", footer="people"):
    """They publish an old, revoked state of their channel with you, to take back what they paid."""


class Vanish(
    Command, where="people", keys="v", title="Away/back", action="vanish", footer="people"
):
    """They stop answering, or come back."""


class CopyUri(Command, where="people", keys="y", title="Copy address", action="copy"):
    """Copy the ID@HOST:PORT of the one under the cursor."""


class Send(
    Command, where=EVERYWHERE, keys="s,4", title="Send", action="mode('send')", footer="home"
):
    """Pay: paste an invoice, see what it costs, decide. (Pasting anywhere opens it, too.)"""


class Receive(
    Command, where=EVERYWHERE, keys="r,3", title="Receive", action="mode('receive')", footer="home"
):
    """Be paid: amount and note make an invoice as a QR code."""


class Channels(
    Command,
    where=EVERYWHERE,
    keys="c,2",
    title="Channels",
    action="mode('channels')",
    footer="home",
):
    """Your channels: what each can send and receive, its state in a sentence."""


class Guard(
    Command, where=EVERYWHERE, keys="5", title="Guard", action="mode('guard')", footer="home"
):
    """What the breach guard watches and what it has done."""


class GoHome(Command, where=EVERYWHERE, keys="1", title="Home", action="mode('home')"):
    """The first screen: balance, safety, the latest payments."""


class MineOne(
    Command, where=EVERYWHERE, keys="f5", title="Mine one", action="mine_one", needs_world=True
):
    """Playground: mine one block; ten minutes pass and what waits in the mempool confirms."""


class MineUntil(
    Command,
    where=EVERYWHERE,
    keys="f6",
    title="Mine until something happens",
    action="mine_until",
    needs_world=True,
):
    """Playground: mine until a channel, a payment or your balance changes."""


class SkipDay(
    Command, where=EVERYWHERE, keys="f7", title="Skip a day", action="skip_day", needs_world=True
):
    """Playground: mine a day's worth of blocks, 144."""


class Reorg(
    Command, where=EVERYWHERE, keys="f9", title="Reorganise", action="reorg", needs_world=True
):
    """Playground: two other blocks take the place of the newest one."""


class People(
    Command, where=EVERYWHERE, keys="f8", title="People", action="people", needs_world=True
):
    """Playground: who is there, and what they can do for you or to you."""


class Back(
    Command,
    where=EVERYWHERE,
    keys="escape",
    title="Back",
    action="back",
    footer="channels channel open close receive send payment guard help leave",
):
    """Go back one step; what you typed stays."""


class Help(
    Command,
    where=EVERYWHERE,
    keys="question_mark,f1",
    title="Help",
    action="explain",
    footer=" ".join(PLACES),
):
    """Explain this screen and list its keys (F1 also while typing)."""


class Palette(
    Command,
    where=EVERYWHERE,
    keys="ctrl+p,colon",
    title="Commands",
    action="command_palette",
    footer="home channels receive send guard",
):
    """Find any command by its name."""


class Quit(Command, where=EVERYWHERE, keys="q,ctrl+q", title="Quit", action="quit", footer="home"):
    """Leave; asks first while a payment is under way."""
