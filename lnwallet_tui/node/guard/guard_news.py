"""What the guard tells in the inbox: who closes or cheats, what came of it, what it lacks.

All that is told of one close stands in one entry, in the place of what was said of it before.
"""

from __future__ import annotations

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.node.blocks.chain import Chain
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.guard.second_stages import SEND_COINS
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.node.words import guard_words
from lnwallet_tui.node.words.guard_words import Line
from lnwallet_tui.node.words.justice_words import account, caught, others
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.onchain.spoils import Spoils
from lnwallet_tui.store.closes import Close
from lnwallet_tui.store.db import Transaction


class GuardNews:
    """Tells what is new."""

    def __init__(self, shell: Shell, chain: Chain) -> None:
        self._shell, self._chain = shell, chain

    def of_close(
        self,
        tx: Transaction,
        held: Held,
        close: Close,
        resolution: Resolution,
        cheat: Spoils | None,
    ) -> None:
        """What became of a channel by the newest block; `close` is what was known of it before,
        `cheat` where its money goes if the peer cheated."""
        name = _name(held)
        alarm = guard_words.alarm(resolution, name, restored=held.channel.restored)
        if alarm is not None and alarm.key not in close.said:
            self._tell(tx, held, resolution, InboxKind.CLOSE, alarm.text, urgent=True)
        by_them = guard_words.by_them(resolution, name, restored=held.channel.restored)
        if cheat is not None and resolution.final_at is not None:
            self._tell_of_justice(tx, held, resolution, cheat)
        elif by_them is not None and by_them.key not in close.said:
            kind = InboxKind.CLOSE if cheat is None else InboxKind.BREACH
            details = "" if cheat is None else account(cheat)
            urgent = cheat is not None
            self._tell(tx, held, resolution, kind, by_them.text, details, urgent=urgent)

    def _tell_of_justice(
        self, tx: Transaction, held: Held, resolution: Resolution, cheat: Spoils
    ) -> None:
        """Once when a cheat is punished, once more as calm news when that is final, and whenever
        a reorganisation changes it."""
        assert isinstance(resolution.close, Revoked), "there is a cheat"
        text, details = caught(cheat, _name(held), resolution.close.number), others(cheat)
        final_at = resolution.final_at or 0
        urgent = not resolution.is_final(self._chain.height)
        told = self._shell.herald.inbox.about(_subject(held))
        was = told and (told.text, told.details, told.final_at, told.urgent)
        if was != (text, details, final_at, urgent):
            kind = InboxKind.BREACH
            self._tell(tx, held, resolution, kind, text, details, urgent=urgent, final_at=final_at)

    def _tell(
        self,
        tx: Transaction,
        held: Held,
        resolution: Resolution,
        kind: InboxKind,
        text: str,
        details: str = "",
        *,
        urgent: bool,
        final_at: int = 0,
    ) -> None:
        """A close has the date of its block, however late it comes to light; what comes of a cheat
        is told with the date of the cheat, not with that of the news."""
        told = self._shell.herald.inbox.about(_subject(held))
        happened = None
        if resolution.closing.height == self._chain.height:
            happened = self._chain.time
        elif told is not None and told.kind is kind is InboxKind.BREACH:
            happened = told.time
        self._shell.herald.tell(
            tx,
            kind,
            text,
            "See Guard." if urgent else "",
            urgent=urgent,
            subject=_subject(held),
            channel_id=held.channel.channel_id,
            final_at=final_at,
            details=details,
            happened=happened,
        )

    def of_lacking_coins(
        self, tx: Transaction, held: Held, close: Close, lines: tuple[Line, ...]
    ) -> None:
        """Say, once for each of these, that the wallet cannot pay a fee."""
        for line in lines:
            if line.key not in close.said:
                self._shell.herald.tell(
                    tx,
                    InboxKind.NOTICE,
                    line.text,
                    SEND_COINS,
                    urgent=True,
                    channel_id=held.channel.channel_id,
                )


def _name(held: Held) -> str:
    return held.peer_id.hex()[:8]


def _subject(held: Held) -> str:
    return f"close {held.channel.channel_id.hex()}"
