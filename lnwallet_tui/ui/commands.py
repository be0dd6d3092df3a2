"""All commands, one class each; they register themselves in the order they are written."""

from __future__ import annotations

from lnwallet_tui.ui.command import (
    ALL,
    EVERYWHERE,
    MOST_IN_FOOTER,
    PLACES,
    Command,
    action_of,
    bindings,
    id_of,
    name_of,
    of_place,
    usable,
)

__all__ = [
    "ALL",
    "EVERYWHERE",
    "MOST_IN_FOOTER",
    "PLACES",
    "Command",
    "MineOne",
    "MineUntil",
    "People",
    "SkipDay",
    "action_of",
    "bindings",
    "id_of",
    "name_of",
    "of_place",
    "usable",
]


class OpenFromHome(Command, where="home", keys="o", title="Open", action="open_channel", footer=""):
    """Open a channel, so that you can pay."""


class ClearNotices(Command, where="home", keys="d", title="Clear", action="clear_notices"):
    """Take away the notices that you have read."""


class ReadOn(Command, where="home", keys="n", title="Read on", action="read_on"):
    """Show what else is under Now; after its end, its beginning."""


class Receipt(Command, where="home", keys="enter", title="Details", action="show_payment"):
    """Show everything about the payment under the cursor."""


class FilterPayments(
    Command, where="activity", keys="slash", title="Filter", action="filter", footer="activity"
):
    """Look for payments; words such as out, paid, >10000, since:2026-11, note:rent go together."""


class ShowPayment(
    Command,
    where="activity",
    keys="enter",
    title="Details",
    action="show_payment",
    footer="activity",
):
    """Show everything about the payment under the cursor, and how it was tried."""


class NotePayment(
    Command, where="activity", keys="n", title="Note", action="note", footer="activity"
):
    """Write a note of your own to the payment under the cursor; only you see it."""


class ExportPayments(
    Command, where="activity", keys="e", title="Export", action="export", footer="activity"
):
    """Write what the list shows to a CSV or JSON file."""


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


class CopyHolding(
    Command, where="satoshis", keys="y", title="Copy id", action="copy", footer="satoshis"
):
    """Copy the id of the payment, transaction, output or channel under the cursor."""


class FoldAll(
    Command, where="satoshis", keys="e", title="Open all", action="fold_all", footer="satoshis"
):
    """Open every row; where all are open, fold them."""


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


class GoThere(
    Command, where="story", keys="enter", title="Go there", action="go_there", footer="story"
):
    """Go where the step under the cursor is done."""


class HopsOfStep(
    Command, where="story", keys="v", title="What hops saw", action="hops", footer="story"
):
    """Show what each hop saw of the payment that ticked this step."""


class PutAway(
    Command, where="story", keys="d", title="Put away/back", action="put_away", footer="story"
):
    """Take the story's line from the other pages, or call it back; F2 opens it all the same."""


class HopsOfPayment(
    Command,
    where="payment",
    keys="v",
    title="What hops saw",
    action="hops",
    footer="payment",
    needs_world=True,
):
    """Playground: what each node on the way saw of this payment, and what it cannot know."""


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


class Activity(Command, where=EVERYWHERE, keys="a,6", title="Activity", action="mode('activity')"):
    """All payments, the newest first: look for some, note something, write them to a file."""


class GoHome(Command, where=EVERYWHERE, keys="1", title="Home", action="mode('home')"):
    """The first screen: balance, safety, the latest payments."""


class Where(Command, where=EVERYWHERE, keys="w", title="Where is it all", action="satoshis"):
    """Every satoshi of yours, from the total down: where it is, and what it waits for."""


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


class Story(Command, where=EVERYWHERE, keys="f2", title="Story", needs_world=True):
    """Playground: from the first channel to a caught cheat, step by step, in any order."""


class NewWorld(
    Command,
    where=EVERYWHERE,
    keys="ctrl+n",
    title="New world",
    action="new_world",
    footer="story",
    needs_world=True,
):
    """Playground: throw this world away and begin another; asks before."""


class Back(
    Command,
    where=EVERYWHERE,
    keys="escape",
    title="Back",
    action="back",
    footer="activity channels channel open close receive send payment guard satoshis story hops "
    "anew help leave",
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
    footer="home activity channels receive send guard",
):
    """Find any command by its name."""


class Quit(Command, where=EVERYWHERE, keys="q,ctrl+q", title="Quit", action="quit", footer="home"):
    """Leave; asks first while a payment is under way, and where a world would be forgotten."""
