"""The node: everything that a person or a script can ask of it (`api.node.NodeApi`).

Commands answer with a view or a `Refused`; nothing in here raises for bad input. What takes time is
awaited on the node's own clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from lnwallet_tui.api.events import FeedItem
from lnwallet_tui.api.holdings import HoldingsView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import (
    AttemptView,
    BalanceView,
    ChannelView,
    CloseQuote,
    DecodedInvoice,
    OpenQuote,
    PaymentQuote,
    PaymentView,
    StatusView,
)
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.channel.errors import ChannelRefusal, CloseReason, RefusalReason
from lnwallet_tui.channel.events import CloseCooperatively, ForceClose
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.net.link import Link
from lnwallet_tui.node import refusing, typed, views, waking
from lnwallet_tui.node.blocks.chain_counter import ChainCounter
from lnwallet_tui.node.channels import close_quote, openings, quotes, restoring
from lnwallet_tui.node.channels.backup_counter import BackupCounter
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins.coins_counter import CoinsCounter
from lnwallet_tui.node.coins.spending_counter import SpendingCounter
from lnwallet_tui.node.commands import Result
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.guard import duty_replay
from lnwallet_tui.node.guard.guard_counter import GuardCounter
from lnwallet_tui.node.holdings import holdings
from lnwallet_tui.node.papers import Papers
from lnwallet_tui.node.payments import payment_list, spontaneous
from lnwallet_tui.node.payments.cashier import Cashier
from lnwallet_tui.node.payments.finding import Finding
from lnwallet_tui.node.peers.peers_counter import PeersCounter
from lnwallet_tui.node.peers.reaching import reach, remember
from lnwallet_tui.node.shell import Ports, Shell
from lnwallet_tui.node.switchboard import Switchboard
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.lock import FolderLock

_COMMAND_MS: Final = 30_000
_GUARDED: Final = "Please report it. The guard watches it; deadlines are kept."
_LOST: Final = (
    "Ask the peer to close it: then the guard takes your balance. What was being paid in it is not "
    "known any more, so its deadlines are not kept."
)
T = TypeVar("T")


class Node(
    GuardCounter,
    CoinsCounter,
    SpendingCounter,
    PeersCounter,
    BackupCounter,
    ChainCounter,
    Papers,
    Finding,
):
    """One node: a wallet with its channels. Implements `NodeApi`."""

    def __init__(
        self,
        config: NodeConfig,
        ports: Ports,
        folder: Path,
        keys: KeySchedule,
        *,
        lock: FolderLock | None = None,
    ) -> None:
        """Open, or create, the wallet in `folder`. Raises `StoreError`. Who holds the folder's
        `lock` already gives it, and keeps it."""
        self._store = Store(folder, lock, has_ballast=config.keeps_room)
        try:
            self._replayed = duty_replay.replay(self._store)
            self._shell = Shell(config, ports, self._store, keys)
            self._board = Switchboard(self._shell)
        except BaseException:
            self._store.close()
            raise
        self._cashier = Cashier(self._board)
        self._opening = asyncio.Lock()

    # -- life
    async def start(self) -> None:
        """Begin to follow the chain and to talk to peers. Raises `StoreError`."""
        restoring.restore_what_lies_there(self._board)
        self._board.start()
        if told := self._replayed.told():
            self._shell.notice(*told)

    async def stop(self) -> None:
        """End everything; the folder stays."""
        self._board.peers.stop()
        await self._shell.tasks.stop()
        await self._board.older_copy.stop()
        self._shell.feed.close()
        self._store.close()

    def accept(self, link: Link) -> None:
        """Somebody dialled us."""
        self._board.peers.accept(link)

    def welcome(self, peer_id: bytes) -> None:
        """Name a peer: it may open channels to us from now on."""
        self._shell.turns.take(partial(self._board.peers.welcome, peer_id))

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or waits for its turn."""
        return self._shell.turns.idle

    # -- for those who share the process: the playground and tests
    @property
    def node_id(self) -> bytes:
        """Our public key, 33 bytes."""
        return self._shell.node_id

    def channel_states(self) -> tuple[Channel, ...]:
        """The machines' own states, of all channels that ever were."""
        return tuple(held.channel for held in self._board.channels)

    def channel_signer(self, channel_id: bytes) -> ChannelSigner:
        """The signer of one of our channels."""
        held = self._board.channels.find(channel_id)
        assert held is not None, "no such channel"
        return held.signer

    def wallet_scripts(self) -> tuple[bytes, ...]:
        """Every on-chain script that was ever given out."""
        return self._board.wallet.scripts.all()

    @property
    def earned_msat(self) -> int:
        """What passing payments on has brought, all fees together."""
        return 0 if self._board.relay is None else self._board.relay.earned().value

    # -- questions
    async def status(self) -> StatusView:
        return views.status(self._board)

    async def balance(self) -> BalanceView:
        return views.balance(self._board)

    async def holdings(self) -> HoldingsView:
        return holdings.holdings(self._board)

    async def channels(self) -> tuple[ChannelView, ...]:
        return tuple(views.channel(self._board, held) for held in self._board.channels)

    async def channel(self, channel_id: str) -> ChannelView | Refused:
        held = self._find(channel_id)
        return held if isinstance(held, Refused) else views.channel(self._board, held)

    async def payments(self, limit: int = 100, offset: int = 0) -> tuple[PaymentView, ...]:
        return payment_list.newest(self._board, limit, offset)

    async def payment(self, payment_hash: str) -> PaymentView | Refused:
        return payment_list.payment(self._board, payment_hash)

    async def attempts(self, payment_hash: str) -> tuple[AttemptView, ...] | Refused:
        return payment_list.attempts(self._board, payment_hash)

    async def set_note(self, payment_hash: str, note: str) -> PaymentView | Refused:
        return payment_list.set_note(self._board, payment_hash, note)

    def say_status(self, *, locked: bool = False) -> None:
        """Tell where the node stands: whoever serves it has something to add. `locked`: it lets
        nobody move money, which channels then say."""
        was_locked, self._shell.is_locked = self._shell.is_locked, locked
        if locked != was_locked:
            self._board.tell_block()
        else:
            self._board.tell_status()

    def feed(self) -> AsyncIterator[FeedItem]:
        return self._shell.feed.reader()

    # -- opening
    async def quote_open(
        self,
        uri: str,
        amount_sat: int,
        feerate_per_kw: int | None = None,
        *,
        push_msat: int = 0,
    ) -> OpenQuote | Refused:
        amount, push = typed.sat(amount_sat), typed.msat(push_msat)
        if isinstance(amount, Refused):
            return amount
        if isinstance(push, Refused):
            return push
        refused = refusing.of_network(self._shell.config.network) or quotes.refuse_feerate(
            self._board, feerate_per_kw
        )
        if refused is not None:
            return refused
        peer_id = await reach(self._board, uri)
        if isinstance(peer_id, Refused):
            return peer_id
        size = quotes.refuse_size(self._board, peer_id, amount, push)
        return size or quotes.opening(self._board, peer_id, amount, feerate_per_kw, push)

    async def open_channel(
        self,
        uri: str,
        amount_sat: int,
        *,
        push_msat: int = 0,
        feerate_per_kw: int | None = None,
        private: bool = False,
        most_fee_sat: int | None = None,
    ) -> ChannelView | Refused:
        push = typed.msat(push_msat)
        if isinstance(push, Refused):
            return push
        quote = await self.quote_open(uri, amount_sat, feerate_per_kw, push_msat=push_msat)
        if isinstance(quote, Refused):
            return quote
        remember(self._board, uri)
        async with self._opening:
            try:
                return await openings.begin(self._board, quote, push, most_fee_sat, private=private)
            except StoreError as error:
                return refusing.of_disk(error)

    # -- closing
    async def quote_close(
        self, channel_id: str, *, max_fee_sat: int | None = None
    ) -> CloseQuote | Refused:
        held = self._find(channel_id)
        if isinstance(held, Refused):
            return held
        if held.channel.restored:  # nobody knows what would come of it
            return refusing.of_channel(ChannelRefusal(RefusalReason.OLD_STATE))
        most = self._most_for_closing(held, max_fee_sat)
        return most if isinstance(most, Refused) else close_quote.closing(self._board, held, most)

    def _most_for_closing(self, held: Held, max_fee_sat: int | None) -> Sat | Refused:
        """What a close together may cost: what the user says, or what is usual."""
        board, channel = self._board, held.channel
        if max_fee_sat is None:
            return close_quote.max_closing_fee(board, channel)
        most = typed.sat(max_fee_sat)
        if isinstance(most, Refused):
            return most
        least = close_quote.least_closing_fee(board, channel)
        return refusing.closing_costs_more(least, most) if most < least else most

    async def close(
        self, channel_id: str, *, max_fee_sat: int | None = None
    ) -> ChannelView | Refused:
        held = self._find(channel_id)
        if isinstance(held, Refused):
            return held
        board, channel = self._board, held.channel
        most = self._most_for_closing(held, max_fee_sat)
        if isinstance(most, Refused):
            return most
        number, answer = board.commands.begin()
        command = CloseCooperatively(
            command_id=number,
            script=channel.closing.our_script or channel.shutdown_script,
            feerate_per_kw=board.channels.feerates().soon,
            max_fee=most,
        )
        return await self._command(held, command, answer)

    async def force_close(self, channel_id: str) -> ChannelView | Refused:
        held = self._find(channel_id)
        if isinstance(held, Refused):
            return held
        if held.frozen:
            return self._force_close_frozen(held)
        number, answer = self._board.commands.begin()
        command = ForceClose(number, CloseReason.USER.value)
        return await self._command(held, command, answer)

    def _force_close_frozen(self, held: Held) -> ChannelView | Refused:
        """Its machine stands still; the guard publishes its last durable state."""
        if held.channel.old_state:
            return refusing.of_channel(ChannelRefusal(RefusalReason.OLD_STATE))
        try:
            self._board.take_to_chain(held, CloseReason.USER)
        except StoreError as error:
            return refusing.of_disk(error)
        return views.channel(self._board, held)

    async def _command(
        self, held: Held, command: CloseCooperatively | ForceClose, answer: asyncio.Future[Result]
    ) -> ChannelView | Refused:
        if held.frozen:
            return Refused(
                RefusalCode.CHANNEL_FROZEN,
                f"This channel is frozen by {waking.cause(held.frozen)}.",
                _LOST if self._board.channels.is_stand_in(held) else _GUARDED,
            )
        try:
            self._board.channels.drive(held, command)
        except StoreError as error:
            return refusing.of_disk(error)
        await self._board.commands.wait(answer, _COMMAND_MS)
        if not answer.done():
            return refusing.no_answer()
        result = answer.result()
        if isinstance(result, ChannelRefusal):
            address = self._board.peers.view(held.peer_id).address
            return refusing.of_channel(result, address)
        return views.channel(self._board, held)

    # -- being paid, and paying
    async def create_invoice(
        self, amount_msat: int | None, description: str, expiry_seconds: int = 3600
    ) -> PaymentView | Refused:
        return self._cashier.create_invoice(amount_msat, description, expiry_seconds)

    async def decode(self, text: str) -> DecodedInvoice | Refused:
        payee = spontaneous.named(text)
        if payee is not None:
            return spontaneous.decoded(self._board, payee)
        return self._cashier.decode(text)

    async def quote_payment(
        self, text: str, amount_msat: int | None = None, *, max_fee_msat: int | None = None
    ) -> PaymentQuote | Refused:
        payee = spontaneous.named(text)
        if payee is not None:
            return await spontaneous.quote(self._board, payee, amount_msat, max_fee_msat)
        return await self._cashier.quote(text, amount_msat, max_fee_msat)

    async def pay(
        self,
        text: str,
        *,
        amount_msat: int | None = None,
        max_fee_msat: int | None = None,
        locked_until_height: int | None = None,
    ) -> PaymentView | Refused:
        payee, latest = spontaneous.named(text), locked_until_height or 0
        if payee is not None:
            return await spontaneous.pay(self._board, payee, amount_msat, max_fee_msat, latest)
        return await self._cashier.pay(text, amount_msat, max_fee_msat, latest)

    # -- finding
    def _find(self, channel_id: str) -> Held | Refused:
        name = typed.name(channel_id)
        held = None if name is None else self._board.channels.find(name)
        if held is None:
            return Refused(
                RefusalCode.UNKNOWN, "There is no such channel.", "See the list of channels."
            )
        return held
