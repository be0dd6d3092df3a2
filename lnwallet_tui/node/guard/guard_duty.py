"""The guard without a node: a source of blocks, what is watched in them, and the answers.

It works from what the node stored, which nobody changes while it runs, and from the key kit. Where
the chain stands it works out anew at each start; what it offers and says is in its journal before
it leaves. A disk that does not take that, or gives no more what it took, keeps no answer back: to
publish the same twice harms nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.guard import guard_away
from lnwallet_tui.node.guard.charges import Charge, Charges
from lnwallet_tui.node.guard.duty_replay import merged
from lnwallet_tui.node.guard.following import Following, Outlook
from lnwallet_tui.node.guard.guard_away import Limit
from lnwallet_tui.node.guard.guard_terms import GuardTerms, noted
from lnwallet_tui.node.guard.without_disk import view_of
from lnwallet_tui.node.words import duty_words
from lnwallet_tui.node.words.guard_words import Line
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.deadlines import Deadline, publish_by
from lnwallet_tui.onchain.duty import duty_of
from lnwallet_tui.onchain.resolve import Resolution, resolve
from lnwallet_tui.onchain.sweep_tx import Sweep
from lnwallet_tui.store import closes as stored_closes
from lnwallet_tui.store import duty as stored
from lnwallet_tui.store.closes import Close, Offered
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import StoreError


@dataclass(frozen=True, slots=True)
class _Around:
    config: NodeConfig
    ports: Outlook


class GuardDuty:
    """Watches from `run` on, until that is cancelled. `tell` is told every line of the journal,
    which is None where there can be none."""

    def __init__(
        self,
        charges: Charges,
        journal: Store | None,
        config: NodeConfig,
        outlook: Outlook,
        tell: Callable[[GuardEntry], None] = lambda _: None,
    ) -> None:
        charges.read_again()
        self._charges, self._journal = charges, journal
        self._policy, self._outlook, self._tell = config.policy, outlook, tell
        self._terms = GuardTerms(_Around(config, outlook))
        self._following = Following(charges.follower, outlook, self._look, self._say)
        self.cheats: frozenset[str] = frozenset()
        """The channels whose old state it answers, as they are called."""
        self._closes = dict(charges.closes)
        for number, close in self._noted().items():
            known = merged(self._closes.get(number), close)
            self._closes[number] = replace(known, said=close.said)

    # -- questions
    @property
    def height(self) -> int:
        """The newest block that it has read, 0 before the first."""
        return self._following.height

    @property
    def time(self) -> int:
        """Its time, 0 while none was read in this run."""
        return self._following.time

    @property
    def tip_time(self) -> int:
        """The same, or of the newest that the node had read."""
        return self._following.time or self._charges.time

    @property
    def watched(self) -> int:
        """How many channels are in its care that nobody has closed."""
        return sum(not self._is_closed(one) for one in self._charges.charges)

    @property
    def closes(self) -> int:
        """How many closes are in its care."""
        return len(self._charges.charges) - self.watched

    @property
    def states(self) -> int:
        """How many revoked states of open channels it would punish."""
        return sum(
            one.channel.their_secrets.revoked
            for one in self._charges.charges
            if not self._is_closed(one)
        )

    @property
    def covers_all(self) -> bool:
        """Whether every channel of the wallet is in its care."""
        return not self._charges.not_covered

    def away(self) -> Limit | None:
        """When something must watch again if it ended now; of the channels in its care."""
        return guard_away.first(
            limit for one in self._charges.charges for limit in self._limits(one)
        )

    def wallet_by(self) -> Limit | None:
        """By when the wallet must be open, for payments in open channels."""
        found = (self._open_deadline(charge) for charge in self._charges.charges)
        limits = (Limit(by.height, "") for by in found if by is not None)
        return guard_away.first(limits)

    def _limits(self, charge: Charge) -> Iterator[Limit]:
        resolution = self._resolution(charge)
        if resolution is not None:
            yield from guard_away.of_close(resolution, self._policy, charge.name)
        elif not charge.channel.old_state:
            by = self._deadline(charge)
            yield from guard_away.of_open(
                charge.channel, by, self.height, self._policy, charge.name
            )

    def lacks(self) -> tuple[str, ...]:
        """What only the wallet can do, and by when: keys for channels that have none here, and
        payments in open channels."""
        found = (self._waits(charge) for charge in self._charges.charges)
        waiting = (line.text for line in found if line is not None)
        return (*map(duty_words.not_covered, self._charges.not_covered), *waiting)

    def punished(self) -> tuple[str, ...]:
        """How the closes of cheats stand that are not final."""
        found = ((one, self._resolution(one)) for one in self._charges.charges)
        told = (
            duty_words.punished(resolution, charge.name)
            for charge, resolution in found
            if resolution is not None and not resolution.is_final(self.height)
        )
        return tuple(filter(None, told))

    # -- living
    async def run(self) -> None:
        """Follow the chain, for ever."""
        for lacking in self._charges.not_covered:
            self._say(duty_words.not_covered(lacking))
        await self._following.run()

    def _look(self) -> None:
        for charge in self._charges.charges:
            try:
                self._look_at(charge)
            except Exception as error:  # a bug with one channel leaves the others guarded
                self._following.crashed(error)

    def _look_at(self, charge: Charge) -> None:
        resolution = self._resolution(charge)
        if resolution is None:
            self._look_at_open(charge)
        else:
            self._answer(charge, resolution)

    def _resolution(self, charge: Charge) -> Resolution | None:
        """None while its funding output is unspent."""
        spends = self._following.spends_of(charge.facts.ours.funding_outpoint)
        if not spends:
            return None
        return resolve(
            charge.facts,
            view_of(spends, self.height),
            charge.our_point,
            script=charge.kit.home,
            preimages=charge.preimages,
            policy=self._policy,
        )

    def _answer(self, charge: Charge, resolution: Resolution) -> None:
        if isinstance(resolution.close, Revoked):
            self.cheats |= {charge.name}
        close, duty = self._close_of(charge), duty_of(resolution)
        sweeps = self._terms.plan(close, duty.claims, self.height).sweeps
        takings = [(sweep, sweep.sign(charge.signer)) for sweep in sweeps]
        stages = [
            stage.sign(stage.transaction.tx, charge.signer)
            for stage in duty.stages
            if stage.earliest <= self.height + 1
        ]
        lines = (
            *duty_words.of_close(resolution, duty, charge.name),
            *(duty_words.of_sweep(sweep, tx, charge.name) for sweep, tx in takings),
            *(duty_words.of_stage(tx, charge.name) for tx in stages),
        )
        self._keep(charge, _with_offers(close, sweeps), lines)
        for tx in (*(tx for _, tx in takings), *stages):
            self._following.publish(tx)

    def _look_at_open(self, charge: Charge) -> None:
        """Told in time, and again where one is nearer."""
        by = self._deadline(charge)
        if by is not None and by.height <= self.height + self._policy.security_delay:
            self._keep(charge, self._close_of(charge), (duty_words.of_deadline(by, charge.name),))

    def _waits(self, charge: Charge) -> Line | None:
        by = self._open_deadline(charge)
        return None if by is None else duty_words.of_deadline(by, charge.name)

    def _open_deadline(self, charge: Charge) -> Deadline | None:
        """As `_deadline`; None too once the channel is closed."""
        return None if self._is_closed(charge) else self._deadline(charge)

    def _is_closed(self, charge: Charge) -> bool:
        """Whether its funding output is spent."""
        return bool(self._following.spends_of(charge.facts.ours.funding_outpoint))

    def _deadline(self, charge: Charge) -> Deadline | None:
        """Of a payment in an open channel, which only the wallet can meet."""
        channel = charge.channel
        if channel.old_state or channel.publication is not None:
            return None
        return publish_by(charge.facts, charge.preimages.keys(), self._policy)

    def _close_of(self, charge: Charge) -> Close:
        """The kit pays to one script only, whatever the wallet had in mind."""
        home = charge.kit.home
        return replace(self._closes.get(charge.number) or Close(script=home), script=home)

    def _noted(self) -> dict[int, Close]:
        try:
            return {} if self._journal is None else stored.load_duties(self._journal)
        except StoreError as error:
            self._say(f"The guard cannot read its journal ({error}), and goes on without.")
            return {}

    # -- what leaves
    def _keep(self, charge: Charge, close: Close, lines: Sequence[Line]) -> None:
        """In the journal, before anything of it leaves."""
        fresh = [line for line in lines if line.key not in close.said]
        said = replace(close, said=(*close.said, *(line.key for line in fresh)))
        if said == self._closes.get(charge.number):
            return
        self._closes[charge.number] = said
        self._terms.note_raised(said)
        entries = [self._entry(line) for line in fresh]
        self._write(partial(_save, charge.number, said, entries))
        for entry in entries:
            self._tell(entry)

    def _write(self, work: Callable[[Transaction], None]) -> None:
        if self._journal is None:
            return
        try:
            with self._journal.transaction() as tx:
                work(tx)
        except StoreError as error:  # a cheat does not wait for a disk
            self._say(f"The guard cannot write its journal ({error}), and goes on without.")

    def _say(self, text: str) -> None:
        self._tell(self._entry(Line(text)))

    def _entry(self, line: Line) -> GuardEntry:
        now = self._outlook.now()
        return GuardEntry(height=self.height, time=now, text=line.text, txid=line.txid)


def _with_offers(close: Close, sweeps: Sequence[Sweep]) -> Close:
    offered: dict[OutPoint, Offered] = {one.outpoint: one for one in close.offered}
    for sweep in sweeps:
        offer = sweep.offer
        for claim in sweep.claims:
            offered[claim.outpoint] = noted(claim.outpoint, offer)
    return replace(close, offered=tuple(offered.values()))


def _save(number: int, close: Close, entries: Sequence[GuardEntry], tx: Transaction) -> None:
    stored.save_duty(tx, number, close)
    for entry in entries:
        stored_closes.add_entry(tx, entry)
