"""Transactions that one peer was asked for, by their wtxids (BIP339)."""

from __future__ import annotations

from collections.abc import Sequence

from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.chain.questions import TxCame, TxsLacking
from lnwallet_tui.p2p.inventory import GetData, Item, ItemKind, NotFound, RawTx


class TxRequests:
    """Those without an answer."""

    def __init__(self) -> None:
        self._asked: set[bytes] = set()

    def ask(self, wtxids: Sequence[bytes]) -> GetData:
        """The question; each comes as `TxCame` or in `TxsLacking`, or never."""
        self._asked.update(wtxids)
        return GetData(tuple(Item(ItemKind.WTX, one) for one in wtxids))

    def came(self, message: RawTx) -> TxCame | None:
        """What was asked for; None for anything else. Raises `Malformed`."""
        # Where there is no witness the wtxid is the txid, and both are the hash of all of it: so
        # nothing is parsed that was not asked for.
        wtxid = sha256d(message.data)
        if wtxid not in self._asked:
            return None
        self._asked.remove(wtxid)
        return TxCame(message.parse(), len(message.data))

    def lacking(self, message: NotFound) -> TxsLacking | None:
        """Whether it says something of these."""
        named = {item.hash for item in message.items}
        if self._asked.isdisjoint(named):
            return None
        self._asked -= named
        return TxsLacking(message.items)
