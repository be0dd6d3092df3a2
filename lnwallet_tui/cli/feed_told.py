"""What `node --json` prints of an event: the fields that the verbs have, by the same names."""

from __future__ import annotations

from typing import Any

import msgspec

from lnwallet_tui.api.events import (
    BalanceChanged,
    ChannelChanged,
    FeedEvent,
    PaymentChanged,
    PeerChanged,
    StatusChanged,
)
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.cli import answers
from lnwallet_tui.cli.answers import Answer


def event(event: FeedEvent) -> Answer:
    """With its `type`, and what it is about under one name."""
    told: Answer
    match event:
        case StatusChanged(status):
            told = {"status": answers.status(status)}
        case BalanceChanged(balance):
            told = {"balance": answers.balance(balance)}
        case ChannelChanged(channel):
            told = {"channel": answers.channel(channel)}
        case PaymentChanged(payment):
            told = {"payment": answers.payment(payment)}
        case PeerChanged(peer):
            told = {"peer": answers.peer(peer)}
        case _:  # of which no verb tells
            told = _plain(event)
    return {"type": type(event).__name__, **told}


def _plain(event: object) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(event, enc_hook=_text)
    return plain


def _text(value: object) -> str:
    assert isinstance(value, Untrusted), "views are plain"
    return value.raw()
