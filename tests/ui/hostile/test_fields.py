"""What crosses the counter as plain text is ours; what others wrote is not plain text."""

from __future__ import annotations

import ast
from pathlib import Path

import lnwallet_tui
from lnwallet_tui.api.untrusted import Untrusted
from tests.ui.hostile.fields import of_type

PACKAGE = Path(lnwallet_tui.__file__).parent
OUR_SENTENCES = {
    "OwnAddress.explanation",
    "ArrivingView.explanation",
    "AttemptView.failure",
    "BackupView.explanation",
    "BumpQuote.caution",
    "ChannelView.explanation",
    "ChannelView.unreachable",
    "ChainView.source",
    "ChainView.waiting_for",
    "UselessNodeView.why",
    "DrillView.failure",
    "CustodyRefused.message",
    "CustodyRefused.remedy",
    "CoinView.explanation",
    "GuardEntry.text",
    "GuardView.away_because",
    "GuardView.source",
    "HoldingView.explanation",
    "InboxEntry.remedy",
    "InboxEntry.details",
    "InboxEntry.text",
    "LogLine.text",
    "KnownPeerView.tried",
    "Notice.remedy",
    "Notice.text",
    "PaymentView.reason",
    "Person.story",
    "Refused.message",
    "Refused.remedy",
    "RehearsalView.failure",
    "StatusView.waiting_for",
    "WatchView.explanation",
    "WordsVerdict.message",
    "WordsVerdict.remedy",
    "TransactionView.explanation",
}
"""Words of others stand in them only as `Untrusted.quoted` or `.cells` gives them."""
PATHS = {
    "AboutView.folder",
    "AboutView.log",
    "BackupView.file",
    "BackupView.second",
    "ProcessView.folder",
}
"""Of the user's own disk, made harmless like all words that are shown."""
OUR_WORDS = {
    "CaughtView.channel_type",
    "ChainView.network",
    "ChannelView.channel_type",
    "ChannelView.closing_kind",
    "CustodyView.keyring",
    "FeatureView.name",
    "HopSight.from_name",
    "HopSight.name",
    "HopSight.to_name",
    "HtlcView.state",
    "KeyringView.name",
    "LogLine.area",
    "Person.name",
    "SpendingSight.peer",
    "Person.role",
    "RehearsalView.verified_by",
    "ProcessView.network",
    "StatusView.network",
    "FeeView.source",
    "CloseStepView.fault",
    "DecodedInvoice.network",
}
OF_BYTES_OR_NUMBERS = {
    "AttemptView.failed_node",
    "ActivityEntry.place",
    "AttemptView.first_peer",
    "BumpQuote.txid",
    "ChannelView.channel_id",
    "ChannelView.closing_txid",
    "ChannelView.published_txid",
    "ChannelView.funding_txid",
    "ChannelView.peer_id",
    "ChannelView.short_channel_id",
    "CloseQuote.channel_id",
    "ArrivingView.txid",
    "CoinView.channel_id",
    "CoinView.coin",
    "CoinView.peer_id",
    "DecodedInvoice.description_hash",
    "DecodedInvoice.payee",
    "DecodedInvoice.payment_hash",
    "DecodedInvoice.payment_metadata",
    "DecodedInvoice.payment_secret",
    "GiftView.channel_id",
    "GiftView.peer_id",
    "GiftView.txid",
    "GuardEntry.txid",
    "HoldingView.channel_id",
    "HoldingView.name",
    "HoldingView.payee",
    "HoldingView.payment_hash",
    "HoldingView.peer_id",
    "HoldingView.txid",
    "HopHintView.node_id",
    "HopHintView.short_channel_id",
    "HopSight.incoming_channel",
    "HopSight.outgoing_channel",
    "HopSight.payload",
    "HopSight.payment_hash",
    "SpendingSight.channel_id",
    "SpendingSight.txid",
    "SpendsView.coin",
    "HtlcView.payment_hash",
    "InboxEntry.channel_id",
    "InboxEntry.payment_hash",
    "OpenQuote.peer_id",
    "PaymentView.payee",
    "PaymentView.payment_hash",
    "PaymentView.preimage",
    "PeerView.node_id",
    "PaidView.address",
    "PaidView.script",
    "PsbtView.psbt",
    "PsbtView.txid",
    "OwnAddress.address",
    "SentView.txid",
    "StatusView.node_id",
    "WatchView.channel_id",
    "WatchView.peer_id",
    "WatchView.txid",
    "WayView.first_peer",
    "TransactionView.channel_id",
    "TransactionView.peer_id",
    "TransactionView.txid",
}
"""Made by us from bytes or integers: hex, or numbers with an `x` between; a kind of ours before."""
READ_WHOLE = {
    "AddressView.address",
    "DecodedInvoice.invoice",
    "PaymentView.invoice",
    "Person.uri",
    "PeerView.address",
}
"""Texts that were parsed whole, in an alphabet that has nothing but letters, digits and `@.:-`."""


def test_every_plain_text_of_the_counter_was_judged() -> None:
    """A new field: is any part of it written by somebody else? Then it is `Untrusted`."""
    judged = (OUR_SENTENCES, OUR_WORDS, OF_BYTES_OR_NUMBERS, READ_WHOLE, PATHS)
    assert of_type(str) == set().union(*judged)
    assert sum(map(len, judged)) == len(of_type(str))
    assert of_type(tuple[str, ...]) == {
        "DecodedInvoice.fallback_addresses",
        "DecodedInvoice.features",
        "PaymentQuote.route",
        "PeerView.features",
    }


def test_the_words_of_others() -> None:
    """Each of them is in the hostile node."""
    assert of_type(Untrusted) == {
        "AddressView.label",
        "AddressView.message",
        "ChainNodeView.address",
        "ChannelView.complaint",
        "ChannelView.peer_name",
        "CloseStepView.said",
        "CoinView.note",
        "CoinView.tx_note",
        "DecodedInvoice.description",
        "HoldingView.words",
        "OpenQuote.peer_name",
        "PaymentView.description",
        "PaymentView.note",
        "PaymentView.payee_name",
        "PeerView.last_error",
        "PeerView.name",
        "TransactionView.note",
        "UselessNodeView.address",
    }


def calls(name: str) -> set[str]:
    """The files of the package in which something of that name is called."""
    return {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == name
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }


def test_words_as_they_came_are_only_stored_and_encoded() -> None:
    """In JSON, which has ASCII only, and in CSV, which is made harmless there, too; or compared."""
    assert calls("raw") == {
        "api/activity.py",
        "api/export.py",
        "cli/answers.py",
        "cli/chain_told.py",  # made harmless by `told`
        "cli/feed_told.py",  # JSON, in which nothing but ASCII stands
        "cli/onchain_answers.py",
        "counter/messages.py",
        "invoice/bolt11.py",
        "node/names.py",
        "store/activity.py",
        "store/codec.py",
    }


def test_nothing_reads_markup() -> None:
    assert calls("from_markup") == set()


def test_words_of_others_are_shown_alone_or_in_quotation_marks() -> None:
    """In a frame, on a line of their own, or as a quotation in a sentence of ours."""
    assert calls("cells") == {
        "api/export.py",
        "api/untrusted.py",
        "cli/told.py",
        "ui/payment_words.py",
        "ui/scan/words.py",
        "ui/palette.py",
        "ui/screens/activity.py",
        "ui/screens/guard.py",
        "ui/screens/home.py",
        "ui/screens/onchain.py",
        "ui/screens/satoshis.py",
        "ui/screens/scan.py",
        "ui/widgets/forms.py",
        "ui/widgets/words.py",
    }
