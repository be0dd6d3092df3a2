"""The process in which a wallet's node lives: locked, unlocked, ended. Only a node that is reached
over the counter has one of its own; one in the screen's process ends with that."""

from __future__ import annotations

from typing import Protocol

from lnwallet_tui.api.custody import CustodyRefused, Hidden
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import View


class ProcessView(View, frozen=True, kw_only=True):
    """`has_wallet`: words are kept in its folder. `locked`: they are not open. `begun`: the node
    runs; it goes on while the wallet is locked again. `started_with`: each of the command line's
    `--chain-peer` and `--listen` that it was started with, its HOST:PORT behind it, and the
    `--proxy` that counts, of now or of an earlier start."""

    folder: str
    network: str
    process_id: int
    has_wallet: bool
    locked: bool
    begun: bool
    stays: bool | None  # when the screen that started it is closed; None: nobody was asked yet
    restored: bool = False  # its words were taken from paper
    guards: bool = False  # no node can be here: it is the guard, which works without the wallet
    guard_prepared: bool = False  # it has a key for when no node runs
    started_with: tuple[tuple[str, str], ...] = ()
    shows_notices: bool = False  # on the desktop that it runs on


class ProcessApi(Protocol):
    """What can be asked of the process itself, whether there is a wallet in it or not."""

    async def look(self) -> ProcessView: ...

    async def lock(self) -> Refused | None:
        """Forget what was opened: from now on nothing that moves money is done, and no words are
        shown, until `unlock`. The node goes on: it watches its channels and settles what is under
        way with the keys that it has."""
        ...

    async def unlock(self, passphrase: Hidden | None = None) -> CustodyRefused | Refused | None:
        """Open the wallet again, and begin its node where there is none yet."""
        ...

    async def stop(self) -> None:
        """End the node and its process, in order."""
        ...

    async def stay(self, stays: bool) -> None:
        """Whether it is to go on when the screen that started it is closed; it is that screen which
        stops it. Kept in the wallet's folder."""
        ...

    async def born(self, birthday: int) -> Refused | None:
        """The wallet that is about to be kept cannot have had coins before that (Unix seconds).
        Refused where there is one already."""
        ...

    async def restores(self, birthday: int, backup: str) -> Refused | None:
        """The same of words that were taken from paper: 0 where nobody knows since when. `backup`
        is the path of a channel backup of theirs, which the node takes over when it begins; empty
        where there is none. Refused where it is not theirs, or cannot be read."""
        ...

    async def prepare_guard(self, passphrase: Hidden) -> Refused | None:
        """Write the guard's file, which that passphrase opens from now on, and no former one. It
        takes a second. Refused where it is the wallet's own."""
        ...
