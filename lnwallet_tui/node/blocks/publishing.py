"""Hands transactions to the network, and tells when it does not take one.

A refusal changes nothing: whoever is owed the transaction offers it again with the next block, from
what is durable by then (`Guard.look`, `Switchboard.publish_pending`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from lnwallet_tui.api.events import GuardActed
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_to_hex
from lnwallet_tui.node.blocks.chain import Chain
from lnwallet_tui.node.ports import BroadcastResult
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store import closes as stored

_REASON_CELLS: Final = 120
_REMEDY: Final = (
    "It is offered again with every block. If this does not go away, look whether the network is "
    "reached, and report it."
)


class Publishing:
    """Broadcasts. What was refused last is told once, until something that spends the same is
    taken."""

    def __init__(self, shell: Shell, chain: Chain, changed: Callable[[], None]) -> None:
        self._shell, self._chain, self._changed = shell, chain, changed
        # By first inputs, which versions of a transaction share: the reason that was given.
        self._refused: dict[OutPoint, str] = {}

    def refusal(self, spent: OutPoint) -> Untrusted | None:
        """Why what spends that first was refused when it was offered last; None: it was not."""
        reason = self._refused.get(spent)
        return None if reason is None else Untrusted(reason or "no reason given")

    def publish(self, txs: tuple[Tx, ...], why: str) -> None:
        """Offer these as one package, parents before children."""
        self._shell.tasks.start(self._broadcast(txs, why), f"broadcast: {why}")

    async def _broadcast(self, txs: tuple[Tx, ...], why: str) -> None:
        results = await self._shell.ports.chain.broadcast(txs)
        if self._refused or not all(result.accepted for result in results):
            self._shell.turns.take(partial(self._heard, txs, results, why))

    def _heard(self, txs: tuple[Tx, ...], results: tuple[BroadcastResult, ...], why: str) -> None:
        spends = {tx.txid: tx.inputs[0].outpoint for tx in txs}
        taken = {spends[result.txid] for result in results if result.accepted}
        refused = [result for result in results if not result.accepted]
        # What hangs on a parent that was refused is refused for that.
        is_new = bool(refused) and spends[refused[0].txid] not in self._refused
        before = dict(self._refused)
        for outpoint in taken:
            self._refused.pop(outpoint, None)
        for result in reversed(refused):  # what the first of several says is kept
            self._refused[spends[result.txid]] = result.reason
        if is_new:
            self._tell(refused[0], why)
        if self._refused != before:
            self._changed()

    def _tell(self, result: BroadcastResult, why: str) -> None:
        reason, txid = Untrusted(result.reason), txid_to_hex(result.txid)
        refused = f"{why} {txid[:8]} was refused: {reason.log()}"
        self._shell.log.warning("publish", refused)
        text = (
            f"The network refuses a transaction of ours ({why}): "
            f"{reason.quoted(_REASON_CELLS) or 'no reason given'}."
        )
        self._shell.notice(text, _REMEDY, urgent=True)
        entry = GuardEntry(height=self._chain.height, time=self._shell.now(), text=text, txid=txid)
        with self._shell.store.transaction() as tx:
            stored.add_entry(tx, entry)
            tx.after(partial(self._shell.feed.publish, GuardActed(entry)))
