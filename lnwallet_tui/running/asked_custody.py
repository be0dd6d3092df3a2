"""The custodian as it is asked at the counter, where any program of this user can ask.

Words that are on paper are shown to nobody any more, nor is anybody told whether a word is one of
them: who could ask for that would have the seed without its passphrase. Until then they are shown,
for somebody has to write them down.
"""

from __future__ import annotations

from typing import Any, Final, cast

from lnwallet_tui.api.custody import CustodyApi, CustodyRefused, Hidden
from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.refusals import LOCKED, RefusalCode, Refused
from lnwallet_tui.custodian.custodian import Custodian

ON_PAPER: Final = Refused(
    RefusalCode.NOT_READY,
    "The words of this wallet are on paper, and are not shown again.",
    "Look at your paper; the seed file keeps them encrypted.",
)
MOST_TRIES: Final = 32
"""At a time: each takes a thread, and one passphrase after the other is tried."""
TOO_MANY: Final = Refused(
    RefusalCode.NOT_READY, "Many try to open this wallet.", "Ask again in a moment."
)


class AskedCustody:
    """Everything but the words is the custodian's."""

    def __init__(self, custodian: Custodian) -> None:
        self._custodian = custodian
        self._tries = 0

    @property
    def api(self) -> CustodyApi:
        """What visitors ask."""
        return cast("CustodyApi", self)

    async def open(self, passphrase: Hidden | None = None) -> CustodyRefused | None:
        """As `CustodyApi.open`. Raises `WalletShut`."""
        if self._tries >= MOST_TRIES:
            raise WalletShut(TOO_MANY)
        self._tries += 1
        try:
            return await self._custodian.open(passphrase)
        finally:
            self._tries -= 1

    def words(self) -> Hidden:
        """As `CustodyApi.words`. Raises `WalletShut`."""
        self._look_whether_they_may_be_seen()
        return self._custodian.words()

    def questions(self) -> tuple[int, ...]:
        """As `CustodyApi.questions`. Raises `WalletShut`."""
        self._look_whether_they_may_be_seen()
        return self._custodian.questions()

    async def answer(
        self, positions: tuple[int, ...], typed: tuple[Hidden, ...]
    ) -> tuple[int, ...] | CustodyRefused:
        """As `CustodyApi.answer`. Raises `WalletShut`."""
        self._look_whether_they_may_be_seen()
        return await self._custodian.answer(positions, typed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._custodian, name)

    def _look_whether_they_may_be_seen(self) -> None:
        view = self._custodian.view()
        if not view.is_open:
            raise WalletShut(LOCKED)
        if view.words_verified:
            raise WalletShut(ON_PAPER)
