"""HTLCs that no node of ours would offer: a second one for a paid invoice, and the like."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel import events
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node.config import RelayTerms
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import build_onion
from tests.node.town import Town


async def offer(
    town: Town,
    payer: str,
    payee: str,
    invoice: str,
    amount_msat: int,
    *,
    total_msat: int | None = None,
    blocks: int = 160,
    channel: int = 0,
) -> int:
    """`payer` offers an HTLC to its peer `payee`, whatever it knows of that invoice, in the one of
    their channels with that number; its id."""
    wanted, expiry = bolt11.decode(invoice), town.regtest.chain.height + blocks
    assert wanted.payment_secret is not None
    amount = Msat(amount_msat)
    total = amount if total_msat is None else Msat(total_msat)
    payload = HopPayload(amount, expiry, payment_data=PaymentData(wanted.payment_secret, total))
    hops = [(town.nodes[payee].node_id, payload.encode())]
    packet = build_onion(b"\x21" * 32, hops, wanted.payment_hash).packet
    return await offer_onion(
        town, payer, payee, wanted.payment_hash, amount, expiry, packet, channel
    )


async def offer_over(
    town: Town, payer: str, relay: str, payee: str, invoice: str, *, channel: int = 0
) -> int:
    """`payer` offers `relay` what pays an invoice of its peer `payee`, by the relay's terms."""
    wanted, terms = bolt11.decode(invoice), RelayTerms()
    assert wanted.amount is not None
    assert wanted.payment_secret is not None
    [behind] = town.nodes[relay]._board.channels.of_peer(town.nodes[payee].node_id)
    last = town.regtest.chain.height + 160
    data = PaymentData(wanted.payment_secret, wanted.amount)
    passes = HopPayload(wanted.amount, last, behind.channel.short_channel_id)
    stays = HopPayload(wanted.amount, last, payment_data=data)
    hops = [
        (town.nodes[relay].node_id, passes.encode()),
        (town.nodes[payee].node_id, stays.encode()),
    ]
    share = wanted.amount.value * terms.fee_proportional_millionths // 1_000_000
    packet = build_onion(wanted.payment_secret, hops, wanted.payment_hash).packet
    return await offer_onion(
        town,
        payer,
        relay,
        wanted.payment_hash,
        wanted.amount + terms.fee_base + Msat(share),
        last + terms.cltv_expiry_delta,
        packet,
        channel,
    )


def fee_msat(amount_msat: int) -> int:
    """What a relay asks for passing on so much."""
    terms = RelayTerms()
    share = amount_msat * terms.fee_proportional_millionths // 1_000_000
    return terms.fee_base.value + share


async def offer_part(
    town: Town, way: tuple[str, str, str], invoice: str, amount_msat: int, *, behind: int
) -> int:
    """A part of what pays an invoice, over a relay and the channel with that number behind it."""
    payer, relay, payee = way
    wanted, last = bolt11.decode(invoice), town.regtest.chain.height + 160
    assert wanted.amount is not None
    assert wanted.payment_secret is not None
    held = town.nodes[relay]._board.channels.of_peer(town.nodes[payee].node_id)[behind]
    amount, data = Msat(amount_msat), PaymentData(wanted.payment_secret, wanted.amount)
    passes = HopPayload(amount, last, held.channel.short_channel_id)
    stays = HopPayload(amount, last, payment_data=data)
    hops = [
        (town.nodes[relay].node_id, passes.encode()),
        (town.nodes[payee].node_id, stays.encode()),
    ]
    packet = build_onion(bytes([behind + 1]) * 32, hops, wanted.payment_hash).packet
    return await offer_onion(
        town,
        payer,
        relay,
        wanted.payment_hash,
        Msat(amount_msat + fee_msat(amount_msat)),
        last + RelayTerms().cltv_expiry_delta,
        packet,
    )


async def offer_onion(
    town: Town,
    payer: str,
    peer: str,
    payment_hash: bytes,
    amount: Msat,
    cltv_expiry: int,
    packet: bytes,
    channel: int = 0,
) -> int:
    """`payer` offers an HTLC with this onion, wherever it comes from; its id."""
    node = town.nodes[payer]
    held = node._board.channels.of_peer(town.nodes[peer].node_id)[channel]
    htlc_id = held.channel.ledger.our_next_id
    number = node._board.commands.number()
    add = events.AddHtlc(number, amount, payment_hash, cltv_expiry, packet)
    node._shell.turns.take(lambda: node._board.channels.drive(held, add, events.SignCommitment()))
    assert held.channel.ledger.our_next_id == htlc_id + 1, "the channel would not take it"
    await town.clock.rest()
    return htlc_id
