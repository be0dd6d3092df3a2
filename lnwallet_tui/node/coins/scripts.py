"""The scripts of the wallet's keys: those that were given out, lent, or are looked for ahead.

Who restores a wallet from its words looks ADDRESS_GAP keys beyond the last that a block paid, and
no further. So none is given out beyond that, as long as one that nobody paid can serve again; and
what may come to nothing, such as an opening, is lent a key, which the next one gets if it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.coins.coin import CHAINS, KeyPath, own_scripts, script_at
from lnwallet_tui.coins.rows import Rows
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store import coins as stored
from lnwallet_tui.store import spares
from lnwallet_tui.store.damage import Kind
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.spares import SpareScript

ADDRESS_GAP: Final = 20
"""BIP44: "Address gap limit is currently set to 20." """


class Scripts:
    """All of them; `rows` are the wallet's transactions."""

    def __init__(self, shell: Shell, rows: Callable[[], Rows]) -> None:
        self._shell, self._rows = shell, rows
        self.promised: Callable[[], AbstractSet[bytes]] = frozenset
        """Those of them to which something under way will pay, such as an open channel."""
        self._accounts = {False: shell.keys.account(), True: shell.keys.taproot_account()}
        self.own: dict[bytes, KeyPath] = {}
        """With the way to the key of each."""
        for taproot, account in self._accounts.items():
            given = [self._given(chain) for chain in CHAINS if chain.taproot is taproot]
            self.own |= own_scripts(account, *given, taproot=taproot)
        self._ahead: dict[bytes, KeyPath] = {}  # keys that an earlier life may have given out
        self._reached = {chain: self._given(chain) for chain in CHAINS}
        self._look_ahead()

    def all(self) -> tuple[bytes, ...]:
        """Those that were ever given out or lent."""
        return tuple(self.own)

    def watched(self) -> tuple[bytes, ...]:
        """These, and those that are looked for beyond them."""
        return (*self.own, *self._ahead)

    def find_ahead(self, tx: Transaction, paid: Iterable[bytes]) -> tuple[bytes, ...]:
        """What of them a block paid was given out, and all before it; the scripts that are to be
        looked for because of that."""
        found = [path for path in map(self._ahead.get, paid) if path is not None]
        for path in found:
            below = path.index + 1
            stored.give_below(tx, below, change=path.change, taproot=path.taproot)
            self._own_from_now_on(tx, path)
        return self.look_ahead(tx)

    def look_ahead(self, tx: Transaction) -> tuple[bytes, ...]:
        """The scripts to be looked for from now on, so that the gap stays as wide as it is."""
        reached = dict(self._reached)
        fresh = self._look_ahead()

        def restore() -> None:
            self._reached = reached
            for script in fresh:
                del self._ahead[script]

        if fresh:
            tx.undo(restore)
        return fresh

    def _look_ahead(self) -> tuple[bytes, ...]:
        if not self._shell.config.looks_behind:
            return ()
        fresh: dict[bytes, KeyPath] = {}
        for chain, reached in self._reached.items():
            until = self._given(chain) + ADDRESS_GAP
            paths = map(chain.at, range(reached, until))
            fresh |= {script_at(self._accounts[chain.taproot], path): path for path in paths}
            self._reached[chain] = max(reached, until)
        self._ahead |= fresh
        return tuple(fresh)

    def _own_from_now_on(self, tx: Transaction, last: KeyPath) -> None:
        """Those up to `last` that were only looked for."""
        found = {
            script: path
            for script, path in self._ahead.items()
            if path.chain == last.chain and path.index <= last.index
        }

        def restore() -> None:
            self._ahead |= found
            for script in found:
                del self.own[script]

        tx.undo(restore)
        self.own |= found
        for script in found:
            del self._ahead[script]

    def _given(self, chain: KeyPath) -> int:
        store = self._shell.store
        return stored.paths_given(store, change=chain.change, taproot=chain.taproot)

    # -- giving and lending
    def take(self, tx: Transaction, *, change: bool = False, taproot: bool = False) -> bytes:
        """One that is used by what `tx` writes, and by nothing else; watched from then on."""
        chain = KeyPath(change, 0, taproot)
        path = self._spare(tx, chain) or self._next(tx, chain)
        spares.use_scripts(tx, [path])
        return self._at(path)

    def lend(self, tx: Transaction, *, change: bool = False) -> bytes:
        """One for what may come to nothing: the next who asks gets the same, unless it is promised
        or paid by then."""
        return self._at(self._lent(tx, KeyPath(change, 0)))

    def lend_to_export(self, tx: Transaction) -> bytes:
        """One for the change of a payment that others have: only they get it, until it is paid."""
        known = spares.spare_scripts(tx)
        path = next((one.path for one in known if one.exported), None)
        if path is None:
            path = self._lent(tx, KeyPath(True, 0))
            known = spares.spare_scripts(tx)
            theirs = (SpareScript(one.path, one.path == path) for one in known)
            spares.save_scripts(tx, theirs)
        return self._at(path)

    def tell(self, tx: Transaction, *, taproot: bool = False) -> tuple[bytes, bool]:
        """One for whoever is to pay, and whether it was given to somebody before."""
        chain = KeyPath(False, 0, taproot)
        if not self._would_be_found(chain) and self._spare(tx, chain) is not None:
            return self.take(tx, taproot=taproot), False
        given = self._given(chain)
        path = self._next(tx, chain)
        return self._at(path), path.index < given

    def used(self, tx: Transaction, sent: Tx) -> None:
        """A transaction pays to these."""
        outputs = (self.own.get(output.script_pubkey) for output in sent.outputs)
        if paths := [path for path in outputs if path is not None]:
            spares.use_scripts(tx, paths)

    def _lent(self, tx: Transaction, chain: KeyPath) -> KeyPath:
        spare, given = self._spare(tx, chain), self._given(chain)
        path = spare or self._next(tx, chain)
        if path.index >= given:
            spares.save_scripts(tx, (*spares.spare_scripts(tx), SpareScript(path)))
        return path

    def _spare(self, tx: Transaction, chain: KeyPath) -> KeyPath | None:
        promised = self.promised()
        for one in spares.spare_scripts(tx):
            is_free = not one.exported and self._at(one.path) not in promised
            if one.path.chain == chain and is_free:
                return one.path
        return None

    def _next(self, tx: Transaction, chain: KeyPath) -> KeyPath:
        """One that was never given out; where nobody would find it, the oldest that is not paid."""
        if not self._would_be_found(chain):
            unpaid = (chain.at(index) for index in range(self._given(chain)))
            open_ones = [path for path in unpaid if path not in self._rows().paid]
            if open_ones:
                kept = {self._at(one.path) for one in spares.spare_scripts(tx)} | self.promised()
                return min(open_ones, key=lambda path: (self._at(path) in kept, path.index))
        path = stored.take_path(tx, change=chain.change, taproot=chain.taproot)
        self._own_one(tx, path)
        return path

    def _would_be_found(self, chain: KeyPath) -> bool:
        """Whether a restored wallet looks as far as the next one. Where the coins are damaged,
        nobody knows what was paid: then nothing is given out again."""
        last = self._rows().last_paid.get(chain, -1)
        return self._given(chain) <= last + ADDRESS_GAP or self._shell.damaged.has(Kind.COINS)

    def _own_one(self, tx: Transaction, path: KeyPath) -> None:
        script = self._at(path)
        was_ahead = self._ahead.pop(script, None)
        self.own[script] = path

        def restore() -> None:
            del self.own[script]
            if was_ahead is not None:
                self._ahead[script] = was_ahead

        tx.undo(restore)

    def _at(self, path: KeyPath) -> bytes:
        return script_at(self._accounts[path.taproot], path)
