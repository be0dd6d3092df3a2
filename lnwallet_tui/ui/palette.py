"""The palette finds payments, channels and people, too: by name, note, or the beginning of an id.

What others wrote stands on a line of its own, made safe, and is nowhere read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from rich.text import Text
from textual.command import Hit, Hits, Provider
from textual.screen import Screen

from lnwallet_tui.api.filter import SHORTEST_PREFIX, fold
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelView, PaymentView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.messages import ToChannels
from lnwallet_tui.ui.payment_words import amount, begun, status_word, whose_words
from lnwallet_tui.ui.screens.payment import PaymentScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.signposts import SIGNPOSTS

SHORTEST: Final = 2
"""Fewer letters mean nearly everything."""
MOST: Final = 5
"""Of each kind; who wants more looks in Activity and Channels."""
_WORDS: Final = 60  # cells
_CHANNEL, _PERSON, _PAYMENT = 0.9, 0.8, 0.7
"""How near they are to what was typed: behind a command of that very name."""
_BEHIND = 1
"""A signpost is as near as a command of its words would be, but behind one; so it goes before one
in whose name what was typed stands somewhere in the middle of a word."""


class Finds(Provider):
    """What of the wallet's own has what was typed in it."""

    async def search(self, query: str) -> Hits:
        """Channels and people from the picture, payments from the node."""
        screen, typed = self.screen, fold(query.strip())
        if not isinstance(screen, WalletScreen) or len(typed) < SHORTEST:
            return
        session = screen.session
        for post in SIGNPOSTS:
            if post.needs and getattr(session, post.needs) is None:
                continue
            if f" {typed}" in f" {fold(post.title)}":
                lines = ["", session.with_keys(post.sentence)]
                lead = partial(screen.app.run_action, post.action)
                near = self.matcher(typed).match(post.title) - _BEHIND
                yield _hit(max(_PAYMENT, near), post.title, lines, lead)
        for hit in (*self._channels(session, typed), *self._people(session, typed)):
            yield hit
        found = await session.node.find_payments(query.strip(), MOST, names=session.names)
        for payment in () if isinstance(found, Refused) else found:
            go = partial(_show_payment, screen, payment.payment_hash)
            yield _hit(_PAYMENT, "Payment", _payment(payment, session.now), go)

    def _channels(self, session: Session, typed: str) -> Iterator[Hit]:
        channels = session.picture.channels if session.picture is not None else ()
        found = [one for one in channels if _means(session, one, typed)]
        for one in found[:MOST]:
            lines = [f"with {session.who(one.peer_id)}, {one.state.value}"]
            lines += [f"it calls itself {name}"] if (name := one.peer_name.quoted(_WORDS)) else []
            yield _hit(
                _CHANNEL,
                f"Channel {one.short_channel_id or fmt.short(one.channel_id)}",
                lines,
                partial(self.screen.post_message, ToChannels(one.channel_id)),
            )

    def _people(self, session: Session, typed: str) -> Iterator[Hit]:
        people = session.world.people() if session.world is not None else ()
        found = [one for one in people if typed in fold(one.name) or _begins(one.uri, typed)]
        for one in found[:MOST]:
            go = partial(_show_person, self.screen, session, one.name)
            yield _hit(_PERSON, f"Person {one.name}", [one.story], go)


def _means(session: Session, channel: ChannelView, typed: str) -> bool:
    ids = (channel.channel_id, channel.peer_id, channel.funding_txid, channel.short_channel_id)
    names = (session.name_of(channel.peer_id), channel.peer_name.cells(_WORDS))
    return any(_begins(one, typed) for one in ids) or any(typed in fold(one) for one in names)


def _begins(identifier: str, typed: str) -> bool:
    return len(typed) >= SHORTEST_PREFIX and identifier.startswith(typed)


def _payment(payment: PaymentView, now: int) -> list[str]:
    when = fmt.clock(begun(payment), now)
    lines = [
        f"{amount(payment)}, {status_word(payment)}, {when}, {fmt.short(payment.payment_hash)}"
    ]
    for label, words in ((whose_words(payment), payment.description), ("you noted", payment.note)):
        if shown := words.quoted(_WORDS):
            lines.append(f"{label}: {shown}")
    return lines


def _hit(score: float, title: str, lines: list[str], go: Callable[[], object]) -> Hit:
    """`Text` is shown as it is: the palette reads a string as markup."""
    shown = Text.assemble(
        title + "  ", (lines[0], "dim"), *((f"\n{one}", "dim") for one in lines[1:])
    )
    return Hit(score, shown, go, text=title)


def _show_payment(screen: WalletScreen, payment_hash: str) -> None:
    screen.app.push_screen(PaymentScreen(screen.session, payment_hash))


async def _show_person(screen: Screen[object], session: Session, name: str) -> None:
    session.person = name
    await screen.app.run_action("page('people')")
