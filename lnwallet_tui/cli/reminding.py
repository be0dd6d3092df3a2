"""`guard --remind`: a notice on the desktop while nothing watches, for a timer to ask for; and what
`status` says of notices."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import answers, told
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.counter.client import Visitor
from lnwallet_tui.running import away_date
from lnwallet_tui.running.away_date import AwayDate, Need
from lnwallet_tui.running.reminder import Reminder
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.store.lock import is_held

_NO_DATE = "No date is noted yet: the wallet's node does that while it runs."
_NO_LIMIT = "No date limits how long the wallet may be closed."
_WATCHED = "The wallet is watched, so nobody need be reminded now."
_NOT_HERE = (
    "No desktop here shows notices, so nobody was reminded. Ask for it from your session on the "
    "desktop."
)
_REMINDS = "A notice on the desktop would say so before."
_NO_DESKTOP = "This machine has no desktop that could show a reminder."


async def remind(wallet: WalletFolder, *, as_json: bool) -> Answer:
    """Needs neither words nor a key nor the wallet's lock. Raises `StoreError`."""
    now, date = _now(), away_date.read_date(wallet.path)
    until = 0 if date is None else date.until
    watched = is_held(wallet.path)
    shown, explanation = None, _NO_DATE if date is None else _NO_LIMIT
    if watched:
        explanation = _WATCHED
    elif date is not None and until:
        need = Need(until, until, date.noted)
        words = away_date.words(need, now, wallet.network)
        shown = await Reminder(wallet).remind(need, now, partial(is_held, wallet.path))
        if shown is False:
            return answers.failure("no_desktop", words, _NOT_HERE)
        explanation = f"The wallet may be closed until {told.date(until)}."
        if until <= now:
            explanation = words
        if shown:
            explanation = f"The desktop shows: {words}"
    if as_json:
        return {"may_be_away_until": until or None, "watched": watched, "shown": bool(shown)}
    return {"explanation": explanation}


def _now() -> int:
    return int(time.time())


async def noted(visitor: Visitor, folder: Path, answer: Answer, *, as_json: bool) -> Answer:
    """A status, with whether the process that is asked can show a notice where it runs."""
    try:
        process = await visitor.process.look()
    except WalletShut:  # a node in its screen's process, which has nothing to remind of
        return {**answer, "notices": False} if as_json else answer
    can = process.shows_notices
    if as_json:
        return {**answer, "notices": can}
    until, once_passed = await _until(visitor, folder, Network(process.network))
    if not until:
        return answer
    said = (
        "If nothing watched from now on, something would have to watch again by "
        f"{told.date(until)}. {_REMINDS if can else _NO_DESKTOP}"
    )
    if until <= _now():
        said = once_passed
    return {**answer, "explanation": f"{answer.get('explanation', '')} {said}".lstrip()}


async def _until(visitor: Visitor, folder: Path, network: Network) -> tuple[int, str]:
    """As the node or the guard knows it; where neither does, as it was written down, which is up to
    a minute older. And what is to be done once that has passed."""
    try:
        guard = await visitor.node.guard()
    except WalletShut:
        date = away_date.read_date(folder)
        return (0, "") if date is None else (date.until, open_now(date, network))
    return guard.may_be_away_until, f"Do not stop it now. {guard.away_because}".rstrip()


def open_now(date: AwayDate, network: Network) -> str:
    """Of a date that has passed, while nothing watches."""
    return away_date.words(Need(date.until, date.until, date.noted), _now(), network)
