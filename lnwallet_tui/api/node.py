"""The one counter between the node and whoever uses it: every verb a person or a script has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from lnwallet_tui.api.about import AboutView
from lnwallet_tui.api.activity import ActivityCount, ActivityPage
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
from lnwallet_tui.api.events import FeedItem
from lnwallet_tui.api.filter import Names
from lnwallet_tui.api.guard import GuardLogPage, WatchView
from lnwallet_tui.api.holdings import HoldingsView
from lnwallet_tui.api.inbox import InboxEntry, InboxGlance
from lnwallet_tui.api.logs import LogLine
from lnwallet_tui.api.peers import PeersView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import (
    USUAL_FEE,
    BumpQuote,
    FeesView,
    PsbtView,
    Sending,
    SendQuote,
    SentView,
    WantedFee,
)
from lnwallet_tui.api.views import (
    AttemptView,
    BalanceView,
    ChannelView,
    CloseQuote,
    DecodedInvoice,
    GuardView,
    OpenQuote,
    PaymentQuote,
    PaymentView,
    PeerView,
    StatusView,
)


class NodeApi(Protocol):
    """Ask, command, listen. A command that cannot be carried out returns `Refused` and changes
    nothing.

    Amounts are integers named with their unit, times Unix seconds; ids are hex. No method raises
    for bad input.
    """

    async def status(self) -> StatusView: ...
    async def balance(self) -> BalanceView: ...
    async def holdings(self) -> HoldingsView: ...
    async def channels(self) -> tuple[ChannelView, ...]: ...
    async def channel(self, channel_id: str) -> ChannelView | Refused: ...
    async def payments(self, limit: int = 100, offset: int = 0) -> tuple[PaymentView, ...]:
        """The newest first."""
        ...

    async def payment(self, payment_hash: str) -> PaymentView | Refused: ...
    async def search_payments(
        self, words: str, limit: int = 50
    ) -> tuple[PaymentView, ...] | Refused:
        """The newest that `words` mean (api/filter.py)."""
        ...

    async def find_payments(
        self, text: str, limit: int = 5, *, names: Names = ()
    ) -> tuple[PaymentView, ...] | Refused:
        """The newest in whose words, note, amount, hash or payee all words of `text` are, whatever
        they would mean in a filter; at most `limit`, found beside the loop."""
        ...

    async def attempts(self, payment_hash: str) -> tuple[AttemptView, ...] | Refused:
        """How a payment of ours was tried, the first try first; nothing for one that came in."""
        ...

    async def set_note(self, payment_hash: str, note: str) -> PaymentView | Refused:
        """The user's own words for a payment; empty takes them away."""
        ...

    async def peers(self) -> tuple[PeerView, ...]: ...
    async def guard(self) -> GuardView: ...
    async def onchain(self) -> OnchainView: ...
    async def coins(
        self, limit: int = 50, skip: int = 0, *, holding: str = ""
    ) -> CoinsPage | Refused:
        """The newest first, without the first `skip`. The page that has the coin `holding`
        instead, where that is there: a wallet moves while it is looked at."""
        ...

    async def transactions(
        self, limit: int = 50, skip: int = 0, *, holding: str = ""
    ) -> TransactionsPage | Refused:
        """The same of the wallet's transactions; those that wait come before the newest."""
        ...

    async def watched(self) -> tuple[WatchView, ...]:
        """All that the guard looks for, channel by channel."""
        ...

    async def guard_log(self, limit: int = 100, skip: int = 0) -> GuardLogPage:
        """What the guard said, the newest first, without the newest `skip` lines."""
        ...

    async def about(self) -> AboutView: ...

    async def inbox(self, limit: int = 500) -> tuple[InboxEntry, ...]:
        """The newest first."""
        ...

    async def inbox_glance(self) -> InboxGlance: ...
    async def mark_read(self, numbers: tuple[int, ...]) -> InboxGlance | Refused:
        """These entries of the inbox have been read; numbers that are not there are none."""
        ...

    async def report(self, report: str) -> None:
        """A bug of the screen's, described without secrets: it is kept in the log and the inbox."""
        ...

    async def log_lines(self, after: int = 0, limit: int = 5_000) -> tuple[LogLine, ...]:
        """The newest of the log's lines with a higher number than `after`, oldest first."""
        ...

    async def known_peers(self) -> PeersView:
        """The peers with all that is known of them, and of the network through them."""
        ...

    async def backup(self) -> BackupView:
        """The channel backup: where it lies and how it stands."""
        ...

    async def address(self, *, taproot: bool = False) -> OwnAddress | Refused:
        """A fresh on-chain address, durable before it is returned; where as many wait for a payment
        as a wallet restored from its words looks for, the oldest of them. `taproot`: one that
        begins with bc1p, which not every sender knows yet."""
        ...

    async def set_coin_note(self, coin: str, note: str) -> CoinView | Refused:
        """The user's own words for a coin; empty takes them away."""
        ...

    async def set_transaction_note(self, txid: str, note: str) -> TransactionView | Refused:
        """The same for a transaction."""
        ...

    async def freeze(self, coin: str, frozen: bool) -> CoinView | Refused:
        """Leave a coin alone, whatever is to be paid; or use it again."""
        ...

    async def connect(self, uri: str) -> PeerView | Refused:
        """`NODE_ID@HOST:PORT`, or the id of a peer that is already known."""
        ...

    async def disconnect(self, node_id: str) -> PeerView | Refused:
        """End the connection; refused while there is a channel with that peer."""
        ...

    async def forget_peer(self, node_id: str) -> PeerView | Refused:
        """Know nothing of it any more; refused while there is a channel with that peer."""
        ...

    async def quote_open(
        self,
        uri: str,
        amount_sat: int,
        feerate_per_kw: int | None = None,
        *,
        push_msat: int = 0,
    ) -> OpenQuote | Refused:
        """Refused where the channel may not be so large, or so much cannot be given away of it."""
        ...

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
        """Returns when the funding transaction has been broadcast. `private`: a node that relays
        does not announce it; a wallet never does. Refused where the funding transaction would cost
        more than `most_fee_sat`."""
        ...

    async def quote_close(
        self, channel_id: str, *, max_fee_sat: int | None = None
    ) -> CloseQuote | Refused:
        """Together for no more than `max_fee_sat`: refused where nobody would pass that on."""
        ...

    async def close(
        self, channel_id: str, *, max_fee_sat: int | None = None
    ) -> ChannelView | Refused:
        """Start a cooperative close; returns when `shutdown` has been sent."""
        ...

    async def force_close(self, channel_id: str) -> ChannelView | Refused:
        """Publish our commitment; returns when it has been broadcast."""
        ...

    async def create_invoice(
        self, amount_msat: int | None, description: str, expiry_seconds: int = 3600
    ) -> PaymentView | Refused: ...

    async def decode(self, text: str) -> DecodedInvoice | Refused:
        """What can be paid: an invoice, or a node (`NODE_ID`, perhaps with `@HOST:PORT`), which is
        paid without one. So in the next two."""
        ...

    async def quote_payment(
        self, text: str, amount_msat: int | None = None, *, max_fee_msat: int | None = None
    ) -> PaymentQuote | Refused:
        """By ways that cost no more than `max_fee_msat`, or than is usual where nobody names it."""
        ...

    async def pay(
        self,
        text: str,
        *,
        amount_msat: int | None = None,
        max_fee_msat: int | None = None,
        locked_until_height: int | None = None,
    ) -> PaymentView | Refused:
        """Waits for the end: paid, failed with its reason, or stuck. The limits are those of its
        quote, unless others are named: no try breaks them."""
        ...

    async def set_second_backup(self, folder: str) -> BackupView | Refused:
        """Keep a copy of the channel backup in that folder from now on; empty: nowhere."""
        ...

    def feed(self) -> AsyncIterator[FeedItem]:
        """Events from now on."""
        ...

    async def fees(self) -> FeesView:
        """What the chain costs, by whom it was said and when."""
        ...

    async def quote_send(self, sending: Sending) -> SendQuote | Refused:
        """What it would cost to pay addresses from the wallet's coins. Refused for a fee that is
        not sane, unless `most_sat` allows it."""
        ...

    async def send(self, sending: Sending) -> SentView | Refused:
        """The same, done: durable, and offered to the network until a block takes it."""
        ...

    async def quote_bump(self, txid: str, fee: WantedFee = USUAL_FEE) -> BumpQuote | Refused:
        """Hurry a transaction that waits for a block: a payment of ours by one in its place, any
        other (so what opens a channel) by a child of what came to us."""
        ...

    async def bump(self, txid: str, fee: WantedFee = USUAL_FEE) -> SentView | Refused: ...

    async def export_send(self, sending: Sending) -> PsbtView | Refused:
        """What `send` would sign and send, unsigned; nothing is kept for it but the key of its
        change."""
        ...

    async def read_psbt(self, psbt: str) -> PsbtView | Refused:
        """Whom it pays and what it spends, and what it would cost the wallet to sign it, or why it
        would not."""
        ...

    async def sign_psbt(self, psbt: str, *, most_sat: int | None = None) -> PsbtView | Refused:
        """Sign what is ours in it, if it costs no more than `most_sat`; where nobody else has to
        sign, it is sent."""
        ...

    async def chain(self) -> ChainView:
        """The chain that is followed: how far, by whose word, what is waited for, and who was of
        no use."""
        ...

    async def try_other_nodes(self) -> ChainView | Refused:
        """Hang up on all nodes that blocks come from, and look for others first."""
        ...

    async def read_address(self, text: str) -> AddressView | Refused:
        """The Bitcoin address that a pasted text holds, with what its link says of it."""
        ...

    async def listen_for_payments(self, seconds: int) -> tuple[ArrivingView, ...]:
        """Listen for payments to the wallet that are in no block yet, for so many seconds from now
        (120 at most; 0: no longer): who waits for one asks again before they are over. All that was
        heard in the last day comes back; when there is more, the feed says `WaitingChanged`.

        Meanwhile all new transactions are fetched from some peers, on mainnet about 4 kB each
        second; they learn that somebody listens, and not for what. None of it is proved."""
        ...

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
        """What moved money, the newest first: payments, and among them the wallet's transactions by
        the time of their blocks, what waits for one before all others.

        A page of what `words` mean (api/filter.py), behind the place `after` of an earlier page and
        without the first `skip`. A word also means who is called so, by themselves or in `names`.
        """
        ...

    async def count_activity(
        self, words: str, before: str = "", *, names: Names = ()
    ) -> ActivityCount | Refused:
        """How many there are; with `before`, how many are newer than that place."""
        ...
