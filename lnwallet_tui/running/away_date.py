"""Until when nothing need watch a wallet, kept beside it for whoever reminds of that while nothing
does: nothing else stands in these files, and no words, key or lock are needed to read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from lnwallet_tui import durable
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.policy import AWAY_NOTICES, SUREST_AWAY_NOTICE

_DATE: Final = "away.json"
_TOLD: Final = "reminded.json"


class AwayDate(msgspec.Struct, frozen=True):
    """`until` (Unix seconds) is 0 where no date limits it; `noted`: when that became known."""

    until: int
    noted: int


class Told(msgspec.Struct, frozen=True):
    """The notice that was shown last: the one so many seconds `before` a date. `about` is that date
    itself, or the block that it is reckoned from."""

    about: int
    before: int


@dataclass(frozen=True, slots=True)
class Need:
    """By when somebody must do something; `about` as in `Told`, `noted` as in `AwayDate`. `blind`:
    a process is there and sees no blocks."""

    until: int
    about: int
    noted: int = 0
    blind: bool = False


def read_date(folder: Path) -> AwayDate | None:
    """None where no node has noted one, or nothing can be read of it: the next node notes it."""
    return _read(folder / _DATE, AwayDate)


def note_date(folder: Path, date: AwayDate) -> None:
    """Raises `OSError`."""
    durable.replace(folder / _DATE, msgspec.json.encode(date))


def note_new(folder: Path, date: AwayDate) -> None:
    """One that stands there already stays known for as long as it is. Raises `OSError`."""
    before = read_date(folder)
    if before is None or before.until != date.until:
        note_date(folder, date)


def read_told(folder: Path) -> Told | None:
    """None where nothing was shown yet."""
    return _read(folder / _TOLD, Told)


def note_told(folder: Path, told: Told) -> None:
    """Raises `OSError`."""
    durable.replace(folder / _TOLD, msgspec.json.encode(told))


_T = TypeVar("_T")


def _read(path: Path, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


def due(need: Need, now: int, *told: Told | None) -> Told | None:
    """The notice that is to be shown now; None where it is too early, or it was shown.

    One whose time had passed when the date became known would be seen at each closing of a wallet
    with short delays; only the surest one comes always.
    """
    left, known_for = need.until - now, need.until - need.noted
    reached = [
        before
        for before in AWAY_NOTICES
        if left <= before and (before <= SUREST_AWAY_NOTICE or before < known_for)
    ]
    if not need.until or not reached:
        return None
    newest = Told(need.about, min(reached))
    shown = [one.before for one in told if one is not None and one.about == need.about]
    return None if shown and min(shown) <= newest.before else newest


def words(need: Need, now: int, network: Network) -> str:
    """What to do and by when. Locked screens show it: no amount and no name is in it."""
    which, passed = name_of(network), need.until <= now
    then = datetime.fromtimestamp(need.until, tz=UTC)
    by = f"before {then.day} {then:%b %H:%M} UTC"
    if need.blind:
        what = f"{which[0].upper()}{which[1:]} sees no new blocks."
        if passed:
            return f"{what} Check the connection now: it had to read them {by}."
        return f"{what} Check the connection: it must read them {by}."
    stays = "leave it on until it has read the newest blocks"
    if passed:
        return f"Open {which} now, and {stays}. It had to be open {by}."
    return f"Open {which} {by}, and {stays}."


def of_cheat(network: Network) -> str:
    """The guard is at work."""
    return f"The guard answers a cheat. Open {name_of(network)}."


def name_of(network: Network) -> str:
    """Who has several wallets must know which is meant."""
    return "the wallet" if network is Network.MAINNET else f"the {network.value} wallet"
