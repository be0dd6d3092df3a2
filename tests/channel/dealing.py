"""What tests do with a channel in use: offer, commit, answer, and look at what went wrong."""

from __future__ import annotations

from collections.abc import Iterable

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.effects import Answer, Disconnect, Effect, Send
from lnwallet_tui.channel.errors import ChannelRefusal, Violation
from lnwallet_tui.channel.events import AddHtlc, SignCommitment
from lnwallet_tui.channel.state import ChannelType
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt2 import UpdateAddHtlc
from lnwallet_tui.wire.codec import Message
from tests.channel.two import ANCHORS, Party, Two, msat

ONION = bytes(1366)
PREIMAGE = sha256(b"a preimage")
PAYMENT_HASH = sha256(PREIMAGE)
EXPIRY = 500
SOME, SMALL = msat(400_000), msat(20_000)


def in_use(channel_type: ChannelType = ANCHORS, push: Msat = SOME) -> Two:
    """A channel of 1,000,000 sat that `a` opened and in which both sides have money."""
    two = Two.fresh()
    two.ready(channel_type=channel_type, push=push)
    return two


def ask(party: Party, amount: Msat, expiry: int = EXPIRY) -> int | ChannelRefusal | None:
    """Try to offer an HTLC; what the answer is."""
    effects = party.do(AddHtlc(1, amount, PAYMENT_HASH, expiry, ONION))
    (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
    return answer.result


def offer(party: Party, amount: Msat = SMALL) -> int:
    """Offer an HTLC; its id."""
    result = ask(party, amount)
    assert isinstance(result, int), result
    return result


def commit(two: Two, party: Party) -> None:
    """`party` signs what is proposed, and both come to rest."""
    party.do(SignCommitment())
    two.exchange()


def locked_in(two: Two, party: Party, amount: Msat = SMALL) -> int:
    """An HTLC by `party`, irrevocably committed by both."""
    htlc_id = offer(party, amount)
    commit(two, party)
    return htlc_id


def add_message(party: Party, **changes: object) -> UpdateAddHtlc:
    """The message with which `party` would offer its next HTLC; not sent."""
    fields: dict[str, object] = {
        "channel_id": party.channel.channel_id,
        "id": party.channel.ledger.our_next_id,
        "amount_msat": SMALL,
        "payment_hash": PAYMENT_HASH,
        "cltv_expiry": EXPIRY,
        "onion_routing_packet": ONION,
    }
    return UpdateAddHtlc(**{**fields, **changes})  # type: ignore[arg-type]  # real fields


def sent(effects: Iterable[Effect]) -> list[Message]:
    """The messages among the effects, in order."""
    return [effect.message for effect in effects if isinstance(effect, Send)]


def kinds(messages: Iterable[Message]) -> list[type[Message]]:
    """What the messages are."""
    return [type(message) for message in messages]


def violation(effects: tuple[Effect, ...]) -> Violation:
    """Which rule was broken, from what the peer is told; a warning ends the connection."""
    (message,) = sent(effects)
    assert isinstance(message, Warning_ | Error)
    cuts = any(isinstance(effect, Disconnect) for effect in effects)
    assert cuts is isinstance(message, Warning_)
    said = message.data.decode()
    (found,) = [row for row in Violation if said.split(": ")[0] == row.sentence]
    return found
