"""What the honest say at the end, from what their disks hold: it must be what they said before, and
what the chain says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.node.node import Node
from tests.node.bookkeeping import unexplained

if TYPE_CHECKING:
    from tests.sim.life import Life

Payments = dict[str, tuple[PaymentStatus, str]]
"""Status and preimage, by payment hash."""


async def wrongs(life: Life) -> list[str]:
    """Of a life whose channels are settled: each honest node is started once more."""
    found: list[str] = []
    for name in life.names:
        if name in life.checks.cheats:
            continue
        found += await sums(name, life.town.nodes[name])
        before = await _payments(life, life.town.nodes[name])
        await life.town.fall(name, None)
        await life.town.rise(name)
        await life.town.clock.rest()
        after = await _payments(life, life.town.nodes[name])
        found += _forgotten(name, before, after)
        found += _without_proof(name, life, after)
        found += _coins(name, life)
        found += await sums(name, life.town.nodes[name])
    return found


async def sums(name: str, node: Node) -> list[str]:
    """A wallet's history adds up to what it has. Who passes payments on lists no fees for that; and
    whose disk has failed in a commit knows what it has, not what the history on the disk holds."""
    board = node._board
    if board.relay is not None or board.shell.store._failed is not None:
        return []
    more = await unexplained(node)
    return [f"{name}'s history has {more} msat more than {name} has"] if more else []


async def _payments(life: Life, node: Node) -> Payments:
    views = [await node.payment(order.payment_hash) for order in life.orders]
    known = (view for view in views if not isinstance(view, Refused))
    return {view.payment_hash: (view.status, view.preimage) for view in known}


def _forgotten(name: str, before: Payments, after: Payments) -> Iterator[str]:
    for payment_hash, said in before.items():
        if after.get(payment_hash) != said:
            now = after.get(payment_hash)
            yield f"{name} said of payment {payment_hash[:8]} {said} and after a start {now}"


def _without_proof(name: str, life: Life, payments: Payments) -> Iterator[str]:
    """A preimage is the receipt of who pays."""
    for order in life.orders:
        status, preimage = payments.get(order.payment_hash, (None, ""))
        is_payer = order.way[0] == name and status is PaymentStatus.PAID
        if is_payer and sha256(bytes.fromhex(preimage)).hex() != order.payment_hash:
            yield f"{name} has paid {order.payment_hash[:8]} and cannot prove it"


def _coins(name: str, life: Life) -> Iterator[str]:
    """The coins of a wallet are what the chain holds for its scripts, no more and no less."""
    node = life.town.nodes[name]
    scripts = frozenset(node.wallet_scripts())
    held: dict[OutPoint, int] = {
        outpoint: coin.output.value.value
        for outpoint, coin in life.town.regtest.chain.paid_to(scripts)
    }
    coins = node._board.wallet.coins()
    said = {one.outpoint: one.value.value for one in coins if one.height is not None}
    if said != held:
        more, less = said.keys() - held.keys(), held.keys() - said.keys()
        yield f"{name} counts {len(more)} coins that are spent, and does not count {len(less)}"
