"""Brings home what peers paid to channels that this wallet does not know any more.

Whoever restores a wallet from its words alone has no channel left, yet a peer that closes pays to a
key of the words. It is nobody else's, so there is no hurry, and a disk that is full can be waited
for: everything here follows from the facts that the chain's follower keeps.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.chain.watch import Fact, ScriptPaid
from lnwallet_tui.channel.named import is_only_named
from lnwallet_tui.keys.derive import RANDOM_LENGTH, ChannelKeyId
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.node.coins import labels
from lnwallet_tui.node.guard.guard_terms import GuardTerms, offered_with
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.onchain.facts import ConfirmedTx
from lnwallet_tui.onchain.left_behind import GAP, Form, forms
from lnwallet_tui.store import channels as stored_channels
from lnwallet_tui.store import closes as stored
from lnwallet_tui.store import coins as stored_coins
from lnwallet_tui.store.closes import Close
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


class LeftBehind:
    """Looks for payments to the payment basepoints of the words, and sweeps them."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._terms = GuardTerms(shell)
        self._forms: dict[bytes, Form] = {}
        self._until = 0  # the first index that is not looked for
        self._kept = stored.load_left_behind(shell.store, shell.damaged.met)
        self._reach(self._wanted())

    def scripts(self) -> tuple[bytes, ...]:
        """All that are looked for."""
        return tuple(self._forms)

    def _wanted(self) -> int:
        """Where to look to. Each channel that we opened took a receiving key for its end, and one
        that was closed in agreement left no other trace than a payment to that: so where that many
        addresses were given out, that many channels may have been opened."""
        if not self._shell.config.looks_behind:
            return 0
        addresses = stored_coins.paths_given(self._shell.store, change=False)
        return max(addresses, stored_channels.numbers_taken(self._shell.store)) + GAP

    def _reach(self, until: int) -> tuple[bytes, ...]:
        """Look for more; the scripts that are new."""
        fresh = {
            form.script: form
            for index in range(self._until, until)
            for form in forms(index, self._shell.keys.payment_basepoint(index))
        }
        self._forms |= fresh
        self._until = max(self._until, until)
        return tuple(fresh)

    # -- each block
    def look(self, tx: Transaction, board: Switchboard, happened: tuple[Fact, ...]) -> None:
        """Take what can be taken in the next block."""
        paid = [
            self._forms[fact.output.script_pubkey].index
            for fact in happened
            if isinstance(fact, ScriptPaid) and fact.output.script_pubkey in self._forms
        ]
        if paid or self._kept is not None:
            found = self._found(board)
            self._skip(tx, found)
            self._sweep(tx, board, found)
        # An earlier life that reached so far may have been paid before it was looked for. What pays
        # to a channel of this one says nothing about that: its peer closes it, or sends us dust,
        # and would have us read all old blocks for nothing.
        is_older = not {held.number for held in board.channels}.issuperset(paid)
        self._look_further(tx, board, behind=is_older or board.chain.looks_behind)

    def _found(self, board: Switchboard) -> tuple[ScriptPaid, ...]:
        """Not what closes a channel that is known: that is the guard's."""
        channels = (held.channel for held in board.channels)
        known = {one.funding.outpoint for one in channels if not is_only_named(one)}
        return tuple(
            fact
            for fact in board.chain.paid(self._forms)
            if known.isdisjoint(txin.outpoint for txin in fact.tx.inputs)
        )

    def _skip(self, tx: Transaction, found: tuple[ScriptPaid, ...]) -> None:
        """What had a channel once gets no other, and a later one may lie behind it."""
        above = 1 + max((self._forms[one.output.script_pubkey].index for one in found), default=-1)
        if above > stored_channels.numbers_taken(self._shell.store):
            stored_channels.skip_numbers(tx, above)

    def _look_further(self, tx: Transaction, board: Switchboard, *, behind: bool) -> None:
        until = self._until
        fresh = self._reach(self._wanted())
        if not fresh:
            return

        def restore() -> None:
            self._until = until
            for script in fresh:
                del self._forms[script]

        tx.undo(restore)
        look_for = board.chain.look_behind if behind else board.chain.look_for
        for script in fresh:
            look_for(tx, script)

    def _sweep(self, tx: Transaction, board: Switchboard, found: tuple[ScriptPaid, ...]) -> None:
        claims: dict[int, list[Claim]] = {}
        for fact in found:
            form = self._forms[fact.output.script_pubkey]
            claim = form.claim(fact.outpoint.vout, ConfirmedTx(fact.tx, fact.height))
            claims.setdefault(form.index, []).append(claim)
        close, height = self._close(tx, board, found), board.chain.height
        if close is None:
            return
        offered = {one.outpoint: one for one in close.offered}
        # Another commitment is in the chain after a reorganisation: what took this never confirms.
        board.wallet.abandon_spends(tx, offered.keys() - {fact.outpoint for fact in found})
        for index, ours in claims.items():  # each has a key of its own
            sweeps = self._terms.plan(close, ours, height)
            for sweep in sweeps.sweeps:
                signed = sweep.sign(self._signer(index))
                # Not ours alone as far as its coin goes: a dearer version may take its place.
                label, fee = labels.LEFT_BEHIND, sweep.fee
                board.wallet.publishing(tx, signed, label, ours=False, fee=fee)
                tx.after(partial(board.publish, (signed,), "what a lost channel left"))
            offered |= offered_with(sweeps)
        # Anybody can pay such a script: what is not worth its fee is not worth a word.
        taken = (fact for fact in found if fact.outpoint in offered)
        said = tuple(self._tell(tx, fact) for fact in taken if str(fact.outpoint) not in close.said)
        self._keep(tx, replace(close, offered=tuple(offered.values()), said=(*close.said, *said)))

    def _close(
        self, tx: Transaction, board: Switchboard, found: tuple[ScriptPaid, ...]
    ) -> Close | None:
        """Where it goes and what was offered; one script for all."""
        if self._kept is not None or not found:
            return self._kept
        script = board.wallet.take_script(tx)
        board.chain.look_for(tx, script)
        return Close(script=script)

    def _signer(self, index: int) -> Signer:
        """It signs `to_remote`; the salt, which is lost, is of no payment key."""
        keys = self._shell.keys.channel_keys(ChannelKeyId(index, bytes(RANDOM_LENGTH)))
        return Signer(keys, SignerMemory(only_sweeps=True))

    def _tell(self, tx: Transaction, fact: ScriptPaid) -> str:
        self._shell.herald.tell(
            tx,
            InboxKind.CLOSE,
            f"A channel that this wallet does not know any more was closed in block "
            f"{fact.height:,}: {fact.output.value.value:,} sat of it are yours, and on their way "
            "to your wallet.",
            subject=f"left behind {fact.outpoint}",
        )
        return str(fact.outpoint)

    def _keep(self, tx: Transaction, close: Close) -> None:
        before = self._kept
        if close == before:
            return

        def restore() -> None:
            self._kept = before

        tx.undo(restore)
        self._kept = close
        self._terms.note_raised(close)
        stored.save_left_behind(tx, close)
