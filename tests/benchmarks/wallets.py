"""A wallet with many channels and payments, written through the store, from a seed.

Its first channel was opened; the others are copies of that under other names. Every payment has a
real invoice, so that what a wallet reads out of them can be read.
"""

from __future__ import annotations

import random
from dataclasses import replace as with_
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bolt11 import Invoice, encode
from lnwallet_tui.payment.records import (
    Attempt,
    AttemptStatus,
    IncomingInvoice,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
    Part,
    Route,
    RouteHop,
)
from lnwallet_tui.store import channels, payments
from lnwallet_tui.store.channels import ChannelRow
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.peers import PeerRecord, save_peer
from lnwallet_tui.wire.features import Features
from tests.benchmarks import outside
from tests.benchmarks.outside import OWNER, SEED
from tests.node.town import Town
from tests.store.whole import expect_whole

RARE: Final = "quicksilver"
_WORDS: Final = ("coffee", "bread", "rent", "tickets", "books", "fuel", "lunch", "garden", "salt")
_IN_ONE_GO: Final = 1_000
_A_DAY: Final = 86_400


async def furnish(folder: Path, channel_count: int, payment_count: int) -> None:
    """A wallet in `folder`."""
    town = Town(folder, SEED)
    await town.begin(OWNER, "ben")
    await town.open(OWNER, "ben", 500_000, push_msat=100_000_000)
    await town.end()
    dice = random.Random(SEED)
    with Store(folder / OWNER) as store:
        [row] = channels.load_channels(store, expect_whole)
        _copy(store, row, channel_count - 1, dice)
        _pay(store, row.state.channel_id, payment_count, dice, town.clock.now())
    outside.stop_at(folder, town.clock.now_ms())


def _copy(store: Store, row: ChannelRow, count: int, dice: random.Random) -> None:
    with store.transaction() as tx:
        for _ in range(count):
            peer_id = curve.public_key(dice.randbytes(32))
            funding = row.state.funding
            outpoint = with_(funding.outpoint, txid=dice.randbytes(32))
            state = replace(
                row.state,
                channel_id=dice.randbytes(32),
                temporary_channel_id=dice.randbytes(32),
                funding=replace(funding, outpoint=outpoint),
            )
            number = channels.take_number(tx)
            copied = replace(row, number=number, peer_id=peer_id, salt=dice.randbytes(32))
            channels.save_channel(tx, replace(copied, state=state))
            address = f"peer-{number}.play:9735"
            save_peer(tx, PeerRecord(node_id=peer_id, address=address, named=True))


def _pay(store: Store, channel_id: bytes, count: int, dice: random.Random, now: int) -> None:
    for begin in range(0, count, _IN_ONE_GO):
        with store.transaction() as tx:
            for number in range(begin, min(count, begin + _IN_ONE_GO)):
                created = now - (count - number) * _A_DAY // 20
                key, preimage = dice.randbytes(32), dice.randbytes(32)
                invoice = _invoice(dice, created, number, curve.public_key(key), sha256(preimage))
                text = encode(invoice, partial(curve.sign_recoverable, key))
                kept: Any = _sent if number % 2 else _received
                payments.add(tx, kept(invoice, text, preimage, channel_id, number))


def _invoice(
    dice: random.Random, created: int, number: int, payee: bytes, payment_hash: bytes
) -> Invoice:
    words = [RARE] if number == 0 else dice.choices(_WORDS, k=dice.randrange(1, 5))
    return Invoice(
        network=Network.REGTEST,
        payee=payee,
        payment_hash=payment_hash,
        payment_secret=dice.randbytes(32),
        timestamp=created,
        amount=Msat(dice.randrange(1_000, 50_000_000)),
        description=Untrusted(" ".join(words)),
        min_final_cltv_expiry_delta=144,
        features=Features({8, 14, 17}),
    )


def _received(
    invoice: Invoice, text: str, preimage: bytes, channel_id: bytes, number: int
) -> IncomingInvoice:
    amount = invoice.amount
    assert amount is not None
    part = Part(
        channel_id=channel_id,
        htlc_id=number,
        amount=amount,
        forwarded=amount,
        total=amount,
        cltv_expiry=800_000,
        shared_secret=preimage,
        received=invoice.timestamp + 60,
        settled=True,
    )
    return IncomingInvoice(
        payment_hash=invoice.payment_hash,
        preimage=preimage,
        payment_secret=invoice.payment_secret or b"",
        amount=amount,
        min_final_cltv_expiry_delta=144,
        created=invoice.timestamp,
        expires=invoice.timestamp + 3_600,
        invoice=text,
        status=InvoiceStatus.PAID,
        parts=(part,),
        settled=invoice.timestamp + 60,
    )


def _sent(
    invoice: Invoice, text: str, preimage: bytes, channel_id: bytes, number: int
) -> OutgoingPayment:
    amount = invoice.amount
    assert amount is not None
    attempt = Attempt(
        route=Route(channel_id, (RouteHop(node_id=invoice.payee),)),
        session_key=preimage,
        amount=amount,
        delivers=amount,
        cltv_expiry=800_000,
        htlc_id=number,
        status=AttemptStatus.FULFILLED,
    )
    return OutgoingPayment(
        payment_hash=invoice.payment_hash,
        invoice=text,
        payment_secret=invoice.payment_secret or b"",
        payment_metadata=None,
        min_final_cltv_expiry_delta=144,
        expires=invoice.timestamp + 3_600,
        amount=amount,
        max_fee=Msat(5_000),
        created=invoice.timestamp,
        takes_parts=True,
        attempts=(attempt,),
        status=OutgoingStatus.PAID,
        preimage=preimage,
        settled=invoice.timestamp + 60,
    )
