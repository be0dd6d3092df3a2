"""What waits in the mempool and spends from the wallet or its channels: closes and claims to them,
whosever they are, and what the wallet pays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lnwallet_tui.api.world import Spending, SpendingSight
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_to_hex
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.channel.transactions import commitment_number
from lnwallet_tui.playground.hops import partner
from lnwallet_tui.playground.parties import Party
from lnwallet_tui.playground.people import YOU
from lnwallet_tui.playground.policy_cluster import Entry

if TYPE_CHECKING:
    from lnwallet_tui.playground.world import World


def spendings_of(world: World) -> tuple[SpendingSight, ...]:
    """All of them, in the order in which they came."""
    waiting = world.regtest.mempool.entries()
    if not waiting:  # as before most blocks
        return ()
    sights = _Sights(world)
    return tuple(sight for entry in waiting for sight in sights.of(entry))


def counted(sights: tuple[SpendingSight, ...]) -> Counter[tuple[str, Spending]]:
    """How many of each channel and kind, whatever their fees: one that takes another's
    place is the same."""
    return Counter((one.channel_id, one.what) for one in sights)


@dataclass(frozen=True, slots=True)
class _Close:
    """What has spent a funding output, in a block or not yet."""

    channel: Channel
    tx: Tx


class _Sights:
    """Of one moment."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._mempool, self._chain = world.regtest.mempool, world.regtest.chain
        self._fundings = {
            channel.funding.outpoint: channel for channel in world.you.node.channel_states()
        }
        self._scripts = {
            name: frozenset(resident.node.wallet_scripts())
            for name, resident in world.residents.items()
        }
        self._wallets = frozenset[bytes]().union(*self._scripts.values())

    def of(self, entry: Entry) -> Iterator[SpendingSight]:
        """One for each channel that it spends from; else one if coins of the wallet pay for it."""
        tx = entry.tx
        closes = {one.channel.channel_id: one for one in self._closes(tx)}
        if not closes and self._is_payment(entry):
            yield SpendingSight(txid=txid_to_hex(tx.txid), what=Spending.COINS)
        for close in closes.values():
            channel_id = close.channel.channel_id
            yield SpendingSight(
                txid=txid_to_hex(tx.txid),
                channel_id=channel_id.hex(),
                peer=partner(self._world, YOU, channel_id),
                what=self._kind(close) if close.tx is tx else self._claim(tx, close),
            )

    def _is_payment(self, entry: Entry) -> bool:
        """Of the wallet, and opening no channel: that one is told by its depth."""
        if any(outpoint.txid == entry.txid for outpoint in self._fundings):
            return False
        return any(coin.script_pubkey in self._scripts[YOU] for coin in entry.spent)

    def _closes(self, tx: Tx) -> Iterator[_Close]:
        """Those that it is, or whose outputs it spends, or those of their second stages."""
        for txin in tx.inputs:
            channel = self._fundings.get(txin.outpoint)
            if channel is not None:
                yield _Close(channel, tx)
            elif (parent := self._parent(txin.outpoint)) is not None:
                yield from self._closes(parent)

    def _parent(self, outpoint: OutPoint) -> Tx | None:
        """Of an output that is in nobody's wallet: what was in one has come home."""
        entry = self._mempool.get(outpoint.txid)
        tx = self._in_block(outpoint.txid) if entry is None else entry.tx
        is_home = tx is None or tx.outputs[outpoint.vout].script_pubkey in self._wallets
        return None if is_home else tx

    def _in_block(self, txid: bytes) -> Tx | None:
        height = self._chain.height_of(txid)
        if height is None:
            return None
        block = self._chain.at(height)
        tx = block.block.transactions[block.txids.index(txid)]
        return None if tx is block.block.transactions[0] else tx  # nothing lies before a coinbase

    def _kind(self, close: _Close) -> Spending:
        channel, tx = close.channel, close.tx
        number = commitment_number(tx, channel.params(Side.US).obscuring_factor)
        if number is None or Party(self._world.you, channel).newest().txid == tx.txid:
            return Spending.CLOSE
        is_old = channel.their_secrets.secret_of(number) is not None
        return Spending.CHEAT if is_old else Spending.THEIR_CLOSE

    def _claim(self, tx: Tx, close: _Close) -> Spending:
        kind = self._kind(close)
        if not self._is_ours(tx, close, kind):
            return Spending.THEIRS
        return Spending.PENALTY if kind is Spending.CHEAT else Spending.HOME

    def _is_ours(self, tx: Tx, close: _Close, kind: Spending) -> bool:
        """It pays to our wallet; or, a second stage pays to nobody's, the commitment is ours."""
        paid = {output.script_pubkey for output in tx.outputs}
        if not paid.isdisjoint(self._scripts[YOU]):
            return True
        peer = partner(self._world, YOU, close.channel.channel_id)
        return paid.isdisjoint(self._scripts[peer]) and kind is Spending.CLOSE
