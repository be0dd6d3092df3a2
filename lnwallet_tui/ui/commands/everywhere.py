"""What can be done everywhere."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.ui.command import EVERYWHERE, PLACES, Command

_NO_BACK: Final = frozenset({"home", "people", EVERYWHERE})
"""Where the footer has no room for it, or there is nothing to go back to."""


class Send(
    Command, where=EVERYWHERE, keys="s,4", title="Send", action="mode('send')", footer="home"
):
    """Pay: paste an invoice or address, see what it costs, decide. (Pasting anywhere opens it.)"""


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
    """All payments and transactions, the newest first: look, note something, write a file."""


class GoHome(Command, where=EVERYWHERE, keys="1", title="Home", action="mode('home')"):
    """The first screen: balance, safety, the latest payments."""


class Where(
    Command, where=EVERYWHERE, keys="w", title="Where is it all", action="page('satoshis')"
):
    """Every satoshi of yours, from the total down: where it is, and what it waits for."""


class OnChain(Command, where=EVERYWHERE, keys="7", title="On-chain", action="page('onchain')"):
    """Your coins and every transaction of theirs: what each is, notes, coins to leave alone."""


class Peers(Command, where=EVERYWHERE, keys="8", title="Peers", action="page('peers')"):
    """Who is connected and who is known: connect, let go, open a channel to them."""


class BitcoinNetwork(
    Command, where=EVERYWHERE, keys="", title="Bitcoin network", action="page('chain')"
):
    """How far the chain is verified, by which nodes, and what is waited for."""


class Scan(Command, where=EVERYWHERE, keys="f3", title="Scan", action="page('scan')"):
    """Read a QR code: on the screen, on the clipboard, before a camera, in a file."""


class Settings(
    Command, where=EVERYWHERE, keys="9,comma", title="Settings", action="page('settings')"
):
    """How the screen looks, its keys, how codes are drawn, and where everything is."""


class ShowInbox(Command, where=EVERYWHERE, keys="i", title="Inbox", action="page('inbox')"):
    """What was said about your money and its safety: read or not, the newest first."""


class Logs(Command, where=EVERYWHERE, keys="0", title="Log", action="page('logs')"):
    """What the node wrote down, line by line, without secrets: to look into, or to send on."""


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
    """Playground: mine a day's worth of blocks, 144; each time it is pressed meanwhile, one day
    more passes."""


class Reorg(
    Command, where=EVERYWHERE, keys="f9", title="Reorganise", action="reorg", needs_world=True
):
    """Playground: two other blocks take the place of the newest one."""


class People(
    Command,
    where=EVERYWHERE,
    keys="f8",
    title="People",
    action="page('people')",
    needs_world=True,
):
    """Playground: who is there, and what they can do for you or to you."""


class Story(
    Command, where=EVERYWHERE, keys="f2", title="Story", action="page('story')", needs_world=True
):
    """Playground: from the first channel to a caught cheat, step by step, in any order."""


class NewWorld(
    Command,
    where=EVERYWHERE,
    keys="ctrl+n",
    title="New world",
    action="page('new_world')",
    footer="story",
    needs_world=True,
):
    """Playground: throw this world away and begin another; asks before."""


class FirstRun(Command, where=EVERYWHERE, keys="", title="First run", action="page('first_run')"):
    """Words of your own: have them, write them down, choose where their key lives."""


class Lock(Command, where=EVERYWHERE, keys="", title="Lock the wallet", action="lock"):
    """Forget what opened it: nothing is paid, sent, opened or closed; its channels are watched."""


class Unlock(Command, where=EVERYWHERE, keys="", title="Unlock the wallet", action="unlock"):
    """Open it again, by its keyring or with its passphrase."""


class Back(
    Command,
    where=EVERYWHERE,
    keys="escape",
    title="Back",
    action="back",
    footer=" ".join(place for place in PLACES if place not in _NO_BACK),
):
    """Go back one step, from one of the six with a number in the first line to Home; what you typed
    stays."""


class Help(
    Command,
    where=EVERYWHERE,
    keys="question_mark,f1",
    title="Help",
    action="explain",
    footer=" ".join(PLACES),
):
    """Explain this screen and list its keys (a function key also while typing)."""


class Palette(
    Command,
    where=EVERYWHERE,
    keys="ctrl+p,colon",
    title="Commands",
    action="command_palette",
    footer="home activity channels send guard onchain people",
):
    """Find any command by its name."""


class Quit(Command, where=EVERYWHERE, keys="q,ctrl+q", title="Quit", action="quit", footer="home"):
    """Leave; asks first while a payment is under way, and where a world would be forgotten."""
