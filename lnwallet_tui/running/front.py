"""What a wallet's process answers at its counter: as its node does, and before there is one and
while the wallet is locked, what can be said then.

Locking does not take the keys out of the process's memory: the node needs them to watch its
channels, to settle what is under way and to answer its peers. What it ends is that anybody who
comes to the counter can have money moved.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, cast

from msgspec.structs import replace

from lnwallet_tui.api.events import FeedItem, StatusChanged
from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import LOCKED, RefusalCode, Refused
from lnwallet_tui.api.views import StatusView
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.counter.verbs import verbs
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.ports import Clock

NO_WALLET: Final = Refused(
    RefusalCode.NO_WALLET,
    "There is no wallet here yet.",
    "Make one with lnwallet-tui create, or bring one back with lnwallet-tui restore.",
)
_GUARDED: Final = "Until it is open the guard watches its channels."
_UNWATCHED: Final = "Until it is open nothing watches its channels: no guard of it runs."
BEING_OPENED: Final = Refused(
    RefusalCode.NOT_READY, "The wallet is being opened.", "Ask again in a moment."
)

DONE_WHILE_LOCKED: Final = frozenset(
    {
        "balance", "holdings", "channels", "channel", "payments", "payment", "search_payments",
        "find_payments", "attempts", "set_note", "peers", "guard", "onchain",
        "coins", "transactions", "watched", "guard_log", "about", "inbox", "inbox_glance",
        "mark_read", "report", "log_lines", "known_peers", "address", "set_coin_note",
        "set_transaction_note", "freeze", "connect", "quote_open", "quote_close", "create_invoice",
        "decode", "quote_payment", "fees", "quote_send", "quote_bump", "backup",
        "export_send", "read_psbt", "read_address",
        "chain", "try_other_nodes", "listen_for_payments", "search_activity", "count_activity",
    }
)  # fmt: skip
"""Verbs that move no money and end nothing. A new verb is refused until it stands here."""


class Front:
    """Stands for the `NodeApi` of the process, from its first moment to its last."""

    def __init__(
        self, network: Network, clock: Clock, custodian: Custodian, guarded: Callable[[], bool]
    ) -> None:
        """`guarded`: whether a guard has the wallet."""
        self._network, self._clock, self._custodian = network, clock, custodian
        self._guarded = guarded
        self._node: Node | None = None
        self._readers: weakref.WeakSet[_News] = weakref.WeakSet()
        self.waits_for = ""
        """A sentence, while something keeps the wallet from being opened."""
        self.is_being_opened = False
        """Whether what is at hand is tried: nobody needs to unlock it meanwhile."""
        self.held: Refused | None = None
        """While it is open and another process does not let go of it: which, and what to do."""

    @property
    def api(self) -> NodeApi:
        """What visitors ask. Each verb that this class has not itself is the node's."""
        return cast("NodeApi", self)

    @property
    def locked(self) -> bool:
        """Whether words are kept that are not open."""
        return self._custodian.has_file and not self._custodian.is_open

    @property
    def begun(self) -> bool:
        """Whether there is a node."""
        return self._node is not None

    @property
    def standing(self) -> str:
        """Why there is no node yet and what to do about that, in sentences."""
        shut, watched = self.shut(), self._who_watches()
        if self.waits_for:
            return " ".join(filter(None, (self.waits_for, watched)))
        return " ".join(filter(None, (shut.message, watched, shut.remedy)))

    def begin(self, node: Node) -> None:
        """From now on this node answers."""
        self._node = node
        for reader in tuple(self._readers):
            reader.begin(node.feed())

    def end(self) -> None:
        """Nobody answers any more."""
        self._node = None
        for reader in tuple(self._readers):
            reader.end()

    def say_status(self) -> None:
        """Tell whoever listens that it is locked, or is no longer."""
        if self._node is not None:
            self._node.say_status(locked=self.locked)

    # -- what is answered here
    async def status(self) -> StatusView:
        """As `NodeApi.status`; always."""
        if self._node is not None:
            return self._marked(await self._node.status())
        return StatusView(
            network=self._network.value,
            node_id="",
            height=0,
            tip_time=0,
            now=self._clock.now_ms() // 1000,
            verified_by=0,
            waiting_for=self.standing,
            locked=self.locked,
        )

    def feed(self) -> AsyncIterator[FeedItem]:
        """As `NodeApi.feed`: from the node's first moment, where there is none yet."""
        reader = _News(self._marked, None if self._node is None else self._node.feed())
        self._readers.add(reader)
        return reader

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name not in verbs():
            raise AttributeError(name)

        async def ask(*args: object, **kwargs: object) -> object:
            if self._node is None:
                raise WalletShut(self.shut())
            if self.locked and name not in DONE_WHILE_LOCKED:
                raise WalletShut(LOCKED)
            return await getattr(self._node, name)(*args, **kwargs)

        return ask

    def _who_watches(self) -> str:
        """Where the wallet may stay locked for long."""
        if not self.locked or self.is_being_opened:
            return ""
        return _GUARDED if self._guarded() else _UNWATCHED

    def shut(self) -> Refused:
        """Why nobody answers yet, and what to do."""
        if not self._custodian.has_file:
            return NO_WALLET
        if self.locked and not self.is_being_opened:
            return LOCKED
        if self.held is not None:
            return self.held
        return replace(BEING_OPENED, message=self.waits_for) if self.waits_for else BEING_OPENED

    def _marked(self, status: StatusView) -> StatusView:
        return replace(status, locked=self.locked)


class _News(AsyncIterator[FeedItem]):
    """One reader of events, which may have come before the node."""

    def __init__(
        self, mark: Callable[[StatusView], StatusView], feed: AsyncIterator[FeedItem] | None
    ) -> None:
        self._mark, self._feed = mark, feed
        self._begun = asyncio.Event()
        if feed is not None:
            self._begun.set()

    def begin(self, feed: AsyncIterator[FeedItem]) -> None:
        """The node is there."""
        self._feed = feed
        self._begun.set()

    def end(self) -> None:
        """It will not come any more; one that came ends its feed by itself."""
        self._begun.set()

    async def __anext__(self) -> FeedItem:
        await self._begun.wait()
        if self._feed is None:
            raise StopAsyncIteration
        item = await anext(self._feed)
        if isinstance(item.event, StatusChanged):
            return FeedItem(item.number, StatusChanged(self._mark(item.event.status)))
        return item
