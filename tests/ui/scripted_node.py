"""A node that answers what a test wrote down, remembers what it was told, and speaks on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import islice

from msgspec.structs import replace

from lnwallet_tui.api import activity
from lnwallet_tui.api.about import AboutView
from lnwallet_tui.api.activity import ActivityCount, ActivityEntry, ActivityPage
from lnwallet_tui.api.addresses import AddressView, OwnAddress
from lnwallet_tui.api.arriving import ArrivingView
from lnwallet_tui.api.backup import BackupView
from lnwallet_tui.api.chain import ChainView
from lnwallet_tui.api.coins import (
    CoinsPage,
    CoinView,
    OnchainView,
    TransactionsPage,
    TransactionView,
)
from lnwallet_tui.api.events import (
    ChannelChanged,
    FeedEvent,
    FeedItem,
    InboxChanged,
    Notice,
    PaymentChanged,
)
from lnwallet_tui.api.filter import Filter, FilterError, Names, fold, parse
from lnwallet_tui.api.guard import GuardLogPage, WatchView
from lnwallet_tui.api.holdings import HoldingsView
from lnwallet_tui.api.inbox import MOST_GLIMPSED, InboxEntry, InboxGlance, InboxKind
from lnwallet_tui.api.logs import LogLine
from lnwallet_tui.api.peers import PeersView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import (
    USUAL_FEE,
    BumpQuote,
    FeesView,
    FeeView,
    PsbtView,
    Sending,
    SendQuote,
    SentView,
    WantedFee,
)
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import (
    AttemptView,
    BalanceView,
    ChannelState,
    ChannelView,
    CloseQuote,
    DecodedInvoice,
    GuardEntry,
    GuardView,
    OpenQuote,
    PaymentQuote,
    PaymentStatus,
    PaymentView,
    PeerView,
    StatusView,
    WayView,
)
from tests.payments_found import is_meant
from tests.ui import chains, coins, holdings, peers, spending, views

UNKNOWN = Refused(RefusalCode.UNKNOWN, "There is no such thing.", "Look again.")


class ScriptedNode:
    """Implements `NodeApi` over attributes that a test sets.

    `refusing` maps a verb to the refusal it gives; `gates` maps one to an event that it waits
    for before it answers; `calls` has every command with what it was given.
    """

    def __init__(self) -> None:
        self.status_view: StatusView = views.STATUS
        self.balance_view: BalanceView = views.BALANCE
        self.holdings_view: HoldingsView = holdings.HOLDINGS
        self.onchain_view: OnchainView = coins.SUMMARY
        self.arriving: list[ArrivingView] = []
        self.address_explained = ""
        self.coin_views: tuple[CoinView, ...] = coins.COINS
        self.transaction_views: tuple[TransactionView, ...] = coins.TRANSACTIONS
        self.waiting_closes: tuple[TransactionView, ...] = ()
        self.lists_transactions = False  # in Activity
        self.peers_view: PeersView = peers.PEERS
        self.chain_view: ChainView = chains.PLAYGROUND
        self.fee_views: tuple[FeeView, ...] = ()
        self.backup_view = BackupView(
            file="/home/ada/wallet/channels-regtest-02ada5cc.backup",
            second="",
            channels=1,
            written=views.NOW,
            explanation="1 channel is in it, beside the wallet only.",
        )
        self.connected: PeerView = peers.PEERS.peers[0].peer
        self.channel_views: tuple[ChannelView, ...] = (views.channel(),)
        self.payment_views: tuple[PaymentView, ...] = ()
        self.guard_view: GuardView = views.GUARD
        self.watch_views: tuple[WatchView, ...] = ()
        self.older_log: tuple[GuardEntry, ...] = ()
        self.lines: list[LogLine] = []
        self.entries: list[InboxEntry] = []  # of the inbox, the oldest first
        self.decoded: DecodedInvoice = views.decoded()
        self.addressed: AddressView | Refused = spending.NO_ADDRESS
        self.open_quoted: OpenQuote = views.open_quote()
        self.ways: tuple[WayView, ...] = ()
        self.close_quoted: CloseQuote = views.close_quote()
        self.paid: PaymentView = views.payment()
        self.refusing: dict[str, Refused] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.calls: list[tuple[str, object]] = []
        self.attempt_views: tuple[AttemptView, ...] = ()
        self.rows_handed_out = 0
        self._spoken = 0
        self._feed: asyncio.Queue[FeedItem] = asyncio.Queue()

    # -- for the test
    def begin_at(self, number: int) -> None:
        """So many events were told before anybody listened."""
        self._spoken = number

    def speak(self, event: FeedEvent) -> None:
        """Tell this in the feed; a notice is put into the inbox, too, as every node does."""
        self._spoken += 1
        self._feed.put_nowait(FeedItem(self._spoken, event))
        if isinstance(event, Notice):
            self.keep(event.text, event.remedy, urgent=event.urgent)

    def keep(
        self,
        text: str,
        remedy: str = "",
        kind: InboxKind = InboxKind.NOTICE,
        *,
        urgent: bool = False,
        channel_id: str = "",
        payment_hash: str = "",
        final_at: int = 0,
        details: str = "",
    ) -> None:
        """An entry comes into the inbox, in the place of one with the same sentence."""
        entry = InboxEntry(
            number=max((one.number for one in self.entries), default=0) + 1,
            time=views.NOW,
            kind=kind,
            text=text,
            remedy=remedy,
            urgent=urgent,
            channel_id=channel_id,
            payment_hash=payment_hash,
            final_at=final_at,
            details=details,
        )
        self.entries = [*(one for one in self.entries if one.text != text), entry]
        self.speak(InboxChanged(self._glance()))

    def _glance(self) -> InboxGlance:
        unread = [one for one in reversed(self.entries) if not one.is_read]
        return InboxGlance(unread=len(unread), newest=tuple(unread[:MOST_GLIMPSED]))

    def hold(self, verb: str) -> asyncio.Event:
        """`verb` answers only once the returned event is set."""
        return self.gates.setdefault(verb, asyncio.Event())

    def told(self, verb: str) -> list[object]:
        """What `verb` was given, each time."""
        return [given for called, given in self.calls if called == verb]

    async def _refusal(self, verb: str, given: object) -> Refused | None:
        self.calls.append((verb, given))
        if verb in self.gates:
            await self.gates[verb].wait()
        return self.refusing.get(verb)

    # -- asked
    async def status(self) -> StatusView:
        return self.status_view

    async def balance(self) -> BalanceView:
        return self.balance_view

    async def holdings(self) -> HoldingsView:
        return self.holdings_view

    async def channels(self) -> tuple[ChannelView, ...]:
        return self.channel_views

    async def channel(self, channel_id: str) -> ChannelView | Refused:
        found = [one for one in self.channel_views if one.channel_id == channel_id]
        return found[0] if found else UNKNOWN

    async def payments(self, limit: int = 100, offset: int = 0) -> tuple[PaymentView, ...]:
        return self.payment_views[offset : offset + limit]

    async def payment(self, payment_hash: str) -> PaymentView | Refused:
        found = [one for one in self.payment_views if one.payment_hash == payment_hash]
        return found[0] if found else UNKNOWN

    async def search_payments(
        self, words: str, limit: int = 50
    ) -> tuple[PaymentView, ...] | Refused:
        found = self._found(words, ())
        return found if isinstance(found, Refused) else tuple(one for _, one in found[:limit])

    def _found(self, words: str, names: Names) -> list[tuple[str, PaymentView]] | Refused:
        """What the words mean with its places, the newest first."""
        try:
            wanted = parse(words, self.status_view.now)
        except FilterError as error:
            return Refused(RefusalCode.BAD_INPUT, error.message, error.remedy)
        meant = [one for one in self.payment_views if is_meant(wanted, one, names)]
        meant.sort(key=lambda one: one.created, reverse=True)
        return [(f"{one.created}.{one.payment_hash}", one) for one in meant]

    async def search_activity(
        self,
        words: str,
        limit: int = 50,
        after: str = "",
        *,
        skip: int = 0,
        oldest_first: bool = False,
        names: Names = (),
    ) -> ActivityPage | Refused:
        if "search_activity" in self.gates:
            await self.gates["search_activity"].wait()
        found = self._activity(words, names)
        if isinstance(found, Refused):
            return found
        if oldest_first:
            found.reverse()
        places = [one.place for one in found]
        first = skip + (places.index(after) + 1 if after else 0)
        page = found[first : first + limit]
        self.rows_handed_out += len(page)
        return ActivityPage(entries=tuple(page))

    async def count_activity(
        self, words: str, before: str = "", *, names: Names = ()
    ) -> ActivityCount | Refused:
        found = self._activity(words, names)
        if isinstance(found, Refused):
            return found
        places = [one.place for one in found]
        newer = found[: places.index(before)] if before else found
        payments = sum(one.payment is not None for one in newer)
        gifts = sum(one.gift is not None for one in newer)
        transactions = len(newer) - payments - gifts
        return ActivityCount(payments=payments, transactions=transactions, gifts=gifts)

    def _activity(self, words: str, names: Names) -> list[ActivityEntry] | Refused:
        """Both, as the words mean, the newest first."""
        payments, now = self._found(words, names), self.status_view.now
        if isinstance(payments, Refused):
            return payments
        wanted = parse(words, now)
        called = {word: {one for one, name in names if word in fold(name)} for word in wanted.words}
        entries = [
            (one.first_begun or one.created, ActivityEntry(place=place, payment=one))
            for place, one in payments
            if not wanted.onchain
        ]
        entries += [
            (one.time or now + 1, ActivityEntry(place=one.txid, transaction=one))
            for one in self.transaction_views
            if self.lists_transactions and activity.is_meant(wanted, one, now, called)
        ]
        entries += [
            (one.time, ActivityEntry(place=one.channel_id, gift=one))
            for one in (channel.gift for channel in self.channel_views)
            if one is not None and activity.is_gift_meant(wanted, one, called)
        ]
        return [one for _, one in sorted(entries, key=lambda pair: pair[0], reverse=True)]

    async def find_payments(
        self, text: str, limit: int = 5, *, names: Names = ()
    ) -> tuple[PaymentView, ...] | Refused:
        refused = await self._refusal("find_payments", text)
        if refused is not None:
            return refused
        wanted = Filter(words=tuple(map(fold, text.split())))
        meant = (one for one in self.payment_views if is_meant(wanted, one, names))
        return tuple(islice(meant, limit))

    async def attempts(self, payment_hash: str) -> tuple[AttemptView, ...] | Refused:
        return self.attempt_views

    async def set_note(self, payment_hash: str, note: str) -> PaymentView | Refused:
        refused = await self._refusal("set_note", (payment_hash, note))
        if refused is not None:
            return refused
        self.payment_views = tuple(
            replace(one, note=Untrusted(note)) if one.payment_hash == payment_hash else one
            for one in self.payment_views
        )
        [changed] = [one for one in self.payment_views if one.payment_hash == payment_hash]
        self.speak(PaymentChanged(changed))
        return changed

    async def peers(self) -> tuple[PeerView, ...]:
        return ()

    async def guard(self) -> GuardView:
        return self.guard_view

    async def watched(self) -> tuple[WatchView, ...]:
        return self.watch_views

    async def guard_log(self, limit: int = 100, skip: int = 0) -> GuardLogPage:
        log = self.guard_view.log + self.older_log
        return GuardLogPage(entries=log[skip : skip + limit], total=len(log))

    async def onchain(self) -> OnchainView:
        return self.onchain_view

    async def known_peers(self) -> PeersView:
        return self.peers_view

    async def coins(
        self, limit: int = 50, skip: int = 0, *, holding: str = ""
    ) -> CoinsPage | Refused:
        found = self.coin_views
        first = self._first([one.coin for one in found], limit, skip, holding)
        page = found[first : first + limit]
        self.rows_handed_out += len(page)
        return CoinsPage(coins=page, first=first, total=len(found))

    async def transactions(
        self, limit: int = 50, skip: int = 0, *, holding: str = ""
    ) -> TransactionsPage | Refused:
        found = self.transaction_views
        first = self._first([one.txid for one in found], limit, skip, holding)
        page = found[first : first + limit]
        self.rows_handed_out += len(page)
        closes = self.waiting_closes
        return TransactionsPage(
            transactions=page, first=first, total=len(found), waiting_closes=closes
        )

    @staticmethod
    def _first(names: list[str], limit: int, skip: int, holding: str) -> int:
        return names.index(holding) // limit * limit if holding in names else skip

    async def about(self) -> AboutView:
        return AboutView(folder="/home/ada/wallet", log="/home/ada/wallet/logs/node.log", format=3)

    async def backup(self) -> BackupView:
        return self.backup_view

    async def set_second_backup(self, folder: str) -> BackupView | Refused:
        refused = await self._refusal("set_second_backup", folder)
        self.backup_view = replace(self.backup_view, second=folder)
        return refused or self.backup_view

    async def inbox(self, limit: int = 500) -> tuple[InboxEntry, ...]:
        if "inbox" in self.gates:
            await self.gates["inbox"].wait()
        return tuple(self.entries[::-1][:limit])

    async def inbox_glance(self) -> InboxGlance:
        return self._glance()

    async def mark_read(self, numbers: tuple[int, ...]) -> InboxGlance | Refused:
        refused = await self._refusal("mark_read", numbers)
        if refused is not None:
            return refused
        self.entries = [
            replace(one, is_read=one.is_read or one.number in numbers) for one in self.entries
        ]
        self.speak(InboxChanged(self._glance()))
        return self._glance()

    async def report(self, report: str) -> None:
        self.calls.append(("report", report))

    async def log_lines(self, after: int = 0, limit: int = 5_000) -> tuple[LogLine, ...]:
        return tuple(one for one in self.lines if one.number > after)[-limit:]

    async def chain(self) -> ChainView:
        return self.chain_view

    # -- commanded
    async def try_other_nodes(self) -> ChainView | Refused:
        return await self._refusal("try_other_nodes", None) or self.chain_view

    async def address(self, *, taproot: bool = False) -> OwnAddress:
        self.calls.append(("address", None))
        address = "bcrt1p" + "qpzry9x8gf2tvdw0s3jn54khce6mua7l" + "q" * 26
        return OwnAddress(address=address, explanation=self.address_explained)

    async def listen_for_payments(self, seconds: int) -> tuple[ArrivingView, ...]:
        self.calls.append(("listen_for_payments", seconds))
        return tuple(self.arriving)

    async def set_coin_note(self, coin: str, note: str) -> CoinView | Refused:
        refused = await self._refusal("set_coin_note", (coin, note))
        return refused or self._coin_becomes(coin, note=Untrusted(note))

    async def set_transaction_note(self, txid: str, note: str) -> TransactionView | Refused:
        refused = await self._refusal("set_transaction_note", (txid, note))
        if refused is not None:
            return refused
        self.transaction_views = tuple(
            replace(one, note=Untrusted(note)) if one.txid == txid else one
            for one in self.transaction_views
        )
        return next(one for one in self.transaction_views if one.txid == txid)

    async def freeze(self, coin: str, frozen: bool) -> CoinView | Refused:
        refused = await self._refusal("freeze", (coin, frozen))
        return refused or self._coin_becomes(coin, frozen=frozen, spendable=not frozen)

    def _coin_becomes(self, coin: str, **changes: object) -> CoinView:
        self.coin_views = tuple(
            replace(one, **changes) if one.coin == coin else one for one in self.coin_views
        )
        return next(one for one in self.coin_views if one.coin == coin)

    async def connect(self, uri: str) -> PeerView | Refused:
        return await self._refusal("connect", uri) or self.connected

    async def disconnect(self, node_id: str) -> PeerView | Refused:
        refused = await self._refusal("disconnect", node_id)
        if refused is not None:
            return refused
        self.peers_view = peers.changed(self.peers_view, node_id, connected=False)
        return next(one.peer for one in self.peers_view.peers if one.peer.node_id == node_id)

    async def forget_peer(self, node_id: str) -> PeerView | Refused:
        refused = await self._refusal("forget_peer", node_id)
        if refused is not None:
            return refused
        found = next(one.peer for one in self.peers_view.peers if one.peer.node_id == node_id)
        left = tuple(one for one in self.peers_view.peers if one.peer is not found)
        self.peers_view = replace(self.peers_view, peers=left)
        return found

    async def quote_open(
        self,
        uri: str,
        amount_sat: int,
        feerate_per_kw: int | None = None,
        *,
        push_msat: int = 0,
    ) -> OpenQuote | Refused:
        asked = uri, amount_sat, feerate_per_kw
        quote = await self._refusal("quote_open", asked) or self.open_quoted
        if isinstance(quote, Refused) or feerate_per_kw is None:
            return quote
        return views.at_feerate(quote, feerate_per_kw)

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
        told = uri, amount_sat, feerate_per_kw, most_fee_sat
        refused = await self._refusal("open_channel", told)
        if refused is not None:
            return refused
        new = views.channel("bb" * 32, state=ChannelState.OPENING, explanation="Waits for 3 blocks")
        self.channel_views = (*self.channel_views, new)
        self.speak(ChannelChanged(new))
        return new

    async def quote_close(
        self, channel_id: str, *, max_fee_sat: int | None = None
    ) -> CloseQuote | Refused:
        return await self._refusal("quote_close", channel_id) or self.close_quoted

    async def close(
        self, channel_id: str, *, max_fee_sat: int | None = None
    ) -> ChannelView | Refused:
        refused = await self._refusal("close", (channel_id, max_fee_sat))
        return refused or self._becomes(channel_id, ChannelState.SHUTTING_DOWN)

    async def force_close(self, channel_id: str) -> ChannelView | Refused:
        refused = await self._refusal("force_close", channel_id)
        return refused or self._becomes(channel_id, ChannelState.CLOSING)

    def _becomes(self, channel_id: str, state: ChannelState) -> ChannelView:
        changed = views.channel(channel_id, state=state, explanation=f"It is {state.value}.")
        self.channel_views = tuple(
            changed if one.channel_id == channel_id else one for one in self.channel_views
        )
        self.speak(ChannelChanged(changed))
        return changed

    async def create_invoice(
        self, amount_msat: int | None, description: str, expiry_seconds: int = 3600
    ) -> PaymentView | Refused:
        refused = await self._refusal("create_invoice", (amount_msat, description))
        if refused is not None:
            return refused
        new = views.payment(
            outgoing=False,
            status=PaymentStatus.WAITING,
            amount_msat=amount_msat,
            description=description,
            created=views.NOW,
        )
        self.payment_views = (new, *self.payment_views)
        self.speak(PaymentChanged(new))
        return new

    async def decode(self, text: str) -> DecodedInvoice | Refused:
        return await self._refusal("decode", text) or self.decoded

    async def quote_payment(
        self, text: str, amount_msat: int | None = None, *, max_fee_msat: int | None = None
    ) -> PaymentQuote | Refused:
        limit = () if max_fee_msat is None else (max_fee_msat,)
        refused = await self._refusal("quote_payment", (text, amount_msat, *limit))
        amount = self.decoded.amount_msat if amount_msat is None else amount_msat
        assert amount is not None, "an invoice without amount is quoted with one"
        quote = views.payment_quote(self.decoded, amount)
        if max_fee_msat is not None:
            quote = replace(quote, max_fee_msat=max_fee_msat)
        parts = max(1, len(self.ways))
        return refused or replace(quote, ways=self.ways, parts=parts)

    async def pay(
        self,
        text: str,
        *,
        amount_msat: int | None = None,
        max_fee_msat: int | None = None,
        locked_until_height: int | None = None,
    ) -> PaymentView | Refused:
        limits = max_fee_msat, locked_until_height
        refused = await self._refusal("pay", (text, amount_msat, *limits))
        if refused is not None:
            return refused
        self.payment_views = (self.paid, *self.payment_views)
        self.speak(PaymentChanged(self.paid))
        return self.paid

    async def fees(self) -> FeesView:
        return FeesView(fees=self.fee_views, now=views.NOW)

    async def read_address(self, text: str) -> AddressView | Refused:
        return await self._refusal("read_address", text) or self.addressed

    async def quote_send(self, sending: Sending) -> SendQuote | Refused:
        return await self._refusal("quote_send", sending) or spending.send_quote(sending.payouts)

    async def send(self, sending: Sending) -> SentView | Refused:
        return await self._refusal("send", sending) or spending.sent(sending.payouts)

    async def quote_bump(self, txid: str, fee: WantedFee = USUAL_FEE) -> BumpQuote | Refused:
        return await self._refusal("quote_bump", (txid, fee)) or spending.bump_quote(txid)

    async def bump(self, txid: str, fee: WantedFee = USUAL_FEE) -> SentView | Refused:
        return await self._refusal("bump", (txid, fee)) or spending.sent(())

    async def export_send(self, sending: Sending) -> PsbtView | Refused:
        return await self._refusal("export_send", sending) or spending.PSBT

    async def read_psbt(self, psbt: str) -> PsbtView | Refused:
        return await self._refusal("read_psbt", psbt) or spending.PSBT

    async def sign_psbt(self, psbt: str, **asked: object) -> PsbtView | Refused:
        return await self._refusal("sign_psbt", (psbt, asked)) or spending.PSBT

    async def feed(self) -> AsyncIterator[FeedItem]:
        while True:
            yield await self._feed.get()
