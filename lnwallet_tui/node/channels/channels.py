"""The step loop: event, step, one transaction, and only then the effects.

An assertion of ours inside a step freezes that one channel, durably; what the peer does wrong is
the machine's affair and never raises here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Protocol

from msgspec.structs import replace

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.chain.feerates import Source
from lnwallet_tui.channel.close_record import PendingHtlc
from lnwallet_tui.channel.effects import Disconnect, Effect
from lnwallet_tui.channel.env import Announcer, Env, Feerates, Step
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.events import ChannelEvent, MessageReceived
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.recording import publishing
from lnwallet_tui.channel.resume import wake
from lnwallet_tui.channel.state import (
    Channel,
    ChannelState,
    Forgotten,
    Link,
    Opening,
    Phase,
    Publication,
)
from lnwallet_tui.channel.step import step
from lnwallet_tui.node.channels import key_numbers, log_words
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.store import channels as stored
from lnwallet_tui.store.channels import LostChannel
from lnwallet_tui.store.damage import Damaged, Kind
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.states import save_state
from lnwallet_tui.wire.features import Features

SOON, TODAY = 2, 144  # blocks


class Surroundings(Protocol):
    """What the loop asks of the rest of the node, and where effects go."""

    def height(self) -> int: ...
    def features(self, peer_id: bytes) -> Features: ...
    def was_heard(self, peer_id: bytes) -> bool: ...
    def record(self, tx: Transaction, held: Held, effect: Effect) -> None:
        """What of an effect belongs to the transaction of the step."""
        ...

    def perform(self, held: Held, effect: Effect) -> None:
        """What of it leaves after the commit. Does not raise."""
        ...

    def froze(self, tx: Transaction, held: Held) -> None:
        """A bug of ours stopped this channel, or ended this opening."""
        ...

    def forgot(self, tx: Transaction, channel: Channel) -> None:
        """Nothing came of this channel."""
        ...


class Channels:
    """All channels in the order of their opening, and the openings under way."""

    def __init__(self, shell: Shell, around: Surroundings) -> None:
        self._shell = shell
        self._around = around
        self._channels: dict[bytes, Held] = {}
        self._openings: dict[tuple[bytes, bytes], Held] = {}
        self._wary_of: set[int] = set()  # numbers
        self.lost: Final = list[LostChannel]()
        """Those whose state is damaged, but for what is known to be over: see `lost_channels`."""
        for row in stored.load_channels(shell.store, self.lost.append):
            held = Held.stored(row, shell.keys)
            if not held.has_its_keys:
                self.lost.append(stored.lost(row))
                continue
            if held.signer_lost:
                shell.damaged.met(Damaged(Kind.SIGNER, log_words.called(held)))
            self._channels[row.state.channel_id] = held

    # -- questions
    def __iter__(self) -> Iterator[Held]:
        return iter(tuple(self._channels.values()))

    def find(self, channel_id: bytes) -> Held | None:
        """The channel with this id."""
        return self._channels.get(channel_id)

    def opening(self, peer_id: bytes, temporary_channel_id: bytes) -> Held | None:
        """The opening that this peer knows by this id."""
        return self._openings.get((peer_id, temporary_channel_id))

    def everything(self) -> tuple[Held, ...]:
        """Openings that nothing is at stake in yet, then all channels."""
        return (*self._openings.values(), *self._channels.values())

    def of_peer(self, peer_id: bytes) -> tuple[Held, ...]:
        """Everything that we have with a peer."""
        return tuple(held for held in self.everything() if held.peer_id == peer_id)

    def held_htlcs(self, offered_by: Side) -> dict[bytes, set[HtlcName]]:
        """What all of them hold of one side, by payment hash."""
        held: dict[bytes, set[HtlcName]] = {}
        for one in self:
            for htlc in one.channel.ledger.htlcs:
                if htlc.offered_by is offered_by:
                    name = one.channel.channel_id, htlc.id
                    held.setdefault(htlc.payment_hash, set()).add(name)
        return held

    def is_needed(self, peer_id: bytes) -> bool:
        """Whether there is a reason to be connected to the peer."""
        return any(
            isinstance(held.state, Channel) and held.state.phase is not Phase.DONE
            for held in self.of_peer(peer_id)
        )

    def env(self, held: Held) -> Env:
        """The world as a step of this channel sees it now."""
        config = self._shell.config
        return Env(
            network=config.network,
            height=self._around.height(),
            now=self._shell.now(),
            feerates=self.feerates(),
            policy=config.policy,
            signer=held.signer,
            features=self._around.features(held.peer_id),
            peer_was_heard=self._around.was_heard(held.peer_id),
            channel_ids=self._taken_by_others(held),
            announcer=self._announcer(held.peer_id) if config.relay is not None else None,
            agreed=held.agreed,
            is_older=held.is_older,
        )

    def _announcer(self, peer_id: bytes) -> Announcer:
        key = self._shell.node_key
        return Announcer(key.public_key, peer_id, key.sign)

    def _taken_by_others(self, held: Held) -> frozenset[bytes]:
        """The ids that a funding output of an opening must not have; a channel has its own."""
        if held.begun and isinstance(held.state, Channel):
            return frozenset()
        states = (other.state for other in self._openings.values() if other is not held)
        named = {state.channel_id for state in states if isinstance(state, Opening)}
        return frozenset(named.union(self._channels))

    def feerates(self) -> Feerates:
        """What the chain costs now."""
        chain, policy = self._shell.ports.chain, self._shell.config.policy
        least = policy.min_feerate
        soon = max(chain.feerate_per_kw(SOON), least)
        return Feerates(
            soon=soon,
            today=max(chain.feerate_per_kw(TODAY), least),
            minimum=least,
            relayed=chain.feerate_per_kw(0),
            guessed=policy.guessed_feerate if self._is_floor(soon) else 0,
        )

    def _is_floor(self, soon: int) -> bool:
        """Whether nothing is known but what peers relay."""
        if soon >= self._shell.config.policy.guessed_feerate:
            return False
        readings = self._shell.ports.chain.feerate_readings()
        return all(one.source == Source.PEERS.value for one in readings)

    def adopt(self, tx: Transaction, held: Held) -> None:
        """A channel that came back from a backup."""
        name = held.channel.channel_id
        assert name not in self._channels, "a channel takes no other's place"
        stored.save_channel(tx, held.row())
        self._channels[name] = held
        tx.undo(partial(_drop, self._channels, name))

    def put_right(self, tx: Transaction, held: Held, number: int) -> None:
        """Whose the channel is whose row stands under that number."""
        name = held.channel.channel_id
        tx.undo(
            partial(self._channels.__setitem__, name, self._channels[name])
            if name in self._channels
            else partial(_drop, self._channels, name)
        )
        stored.put_right(tx, number, held.row())
        self._channels[name] = held

    def stand_in(self, held: Held) -> None:
        """For one that is lost. Its state is not stored, for the damaged row stays as it is; what
        the guard does about it is."""
        assert held.frozen, "what is not known is not gone on with"
        self._channels[held.channel.channel_id] = held

    def is_stand_in(self, held: Held) -> bool:
        """Whether nothing is known of its state."""
        return any(one.number == held.number for one in self.lost)

    def is_lost(self, channel_id: bytes) -> bool:
        """Whether a channel of ours, of which that is the id, may be one of them."""
        numbers, held = {one.number for one in self.lost}, self.find(channel_id)
        return bool(numbers) if held is None else held.number in numbers

    # -- the loop
    def begin(self, peer_id: bytes) -> Held:
        """The keys of a channel that may come of it; committed before they are shown."""
        salt = self._shell.ports.dice.bytes(32)
        lent = {held.number for held in self._openings.values()}
        with self._shell.store.transaction() as tx:
            number = key_numbers.lend(tx, peer_id, lent)
        return Held.fresh(number, peer_id, salt, self._shell.keys)

    def open(self, held: Held, first: Callable[[Env], Step]) -> None:
        """Take the first step of an opening. Raises `StoreError`."""
        with self._shell.store.transaction() as tx:
            self._guarded(tx, held, partial(first, self.env(held)))

    def drive(self, held: Held, *events: ChannelEvent) -> None:
        """Let these happen, in one transaction. Raises `StoreError`, and then nothing happened."""
        hung_up = False
        with self._shell.store.transaction() as tx:
            for event in events:
                # Who is hung up on comes back and says it anew; this may build on what was wrong.
                is_heard = not (hung_up and isinstance(event, MessageReceived))
                if is_heard and not held.frozen:
                    hung_up = self._guarded(tx, held, partial(self._step, held, event))

    def publish_frozen(
        self, tx: Transaction, held: Held, reason: CloseReason, due: PendingHtlc | None
    ) -> None:
        """Decide that the newest commitment of a frozen channel is published (C18)."""
        channel = held.channel
        assert held.frozen, "every other channel decides this by itself"
        if channel.old_state or channel.publication is not None or channel.spend is not None:
            return
        tx.undo(held.memento())
        recorded = publishing(channel, self.env(held), reason, deadline=due)
        held.state = replace(recorded, phase=Phase.CLOSING, publication=Publication(reason))
        stored.save_channel(tx, held.row())

    def wake(self, held: Held) -> None:
        """After a start: what the connection held is gone, what a crash swallowed leaves again.
        Raises `StoreError`, and then nothing happened."""
        with self._shell.store.transaction() as tx:
            if not held.frozen:
                self._guarded(tx, held, partial(self._wake, held))

    def freeze(self, held: Held, error: Exception) -> None:
        """It cannot be gone on with. Raises `StoreError`."""
        with self._shell.store.transaction() as tx:
            self._freeze(tx, held, error)

    def _wake(self, held: Held) -> Step:
        return wake(held.state, self.env(held))

    def _step(self, held: Held, event: ChannelEvent) -> Step:
        return step(held.state, event, self.env(held))

    def _guarded(self, tx: Transaction, held: Held, work: partial[Step]) -> bool:
        """One step, and whether it hangs up; a bug in it takes back what it did, nothing else."""
        try:
            with self._shell.store.transaction() as part:
                part.undo(held.memento())
                taken = work()
                self._adopt(part, held, taken)
                return any(isinstance(effect, Disconnect) for effect in taken.effects)
        except StoreError:
            raise
        except Exception as error:
            self._freeze(tx, held, error)
            return False

    def _adopt(self, tx: Transaction, held: Held, taken: Step) -> None:
        before = held.state if held.begun else None
        if isinstance(taken.state, Channel) and taken.state.link is Link.LIVE:
            held.agreed = True
        if taken.state is not before:
            held.state = taken.state
            key_numbers.note(tx, held.number, before, taken.state)
            self._file(tx, held, before)
            if _is_asked_to_close(before, taken.state):
                self._tell_of_close(tx, held)
            if words := log_words.change(before, taken.state):
                name = log_words.name(held)
                tx.after(partial(self._shell.log.info, "channels", f"{name}: {words}"))
        is_new = taken.state is not before or held.signer_learned
        if isinstance(taken.state, Channel) and (is_new or taken.records):
            self._save(tx, held, is_known=isinstance(before, Channel))
            stored.save_records(tx, held.number, taken.records)
            signed = (taken.state.their_next or taken.state.their_current).spec
            if not isinstance(before, Channel) or before.their_number != signed.number:
                save_state(tx, held.number, signed)
        for effect in taken.effects:
            self._around.record(tx, held, effect)
            tx.after(partial(self._around.perform, held, effect))

    def _tell_of_close(self, tx: Transaction, held: Held) -> None:
        peer, channel_id = held.peer_id.hex()[:8], held.channel.channel_id
        self._shell.herald.tell(
            tx,
            InboxKind.CLOSE,
            f"{peer} wants to close its channel with us: the two sides settle on a fee.",
            subject=f"close {channel_id.hex()}",
            channel_id=channel_id,
        )

    def _save(self, tx: Transaction, held: Held, *, is_known: bool) -> None:
        """A state is as long as all of its HTLCs, so it is written once for all steps of a
        transaction; a new channel at once, since its records name it."""
        if is_known and held.number not in self._wary_of:
            tx.last((_write, held.number), partial(self._write_last, tx, held))
        else:
            _write(tx, held)

    def _write_last(self, tx: Transaction, held: Held) -> None:
        """A bug in it takes back all of the transaction, a block of all channels even. The next
        time this channel is written inside of its step, where a bug freezes nothing else."""
        try:
            _write(tx, held)
        except StoreError:
            raise
        except Exception:
            self._wary_of.add(held.number)
            raise

    def _file(self, tx: Transaction, held: Held, before: ChannelState | None) -> None:
        """Put it where it belongs by now."""
        match held.state:
            case Opening():
                if before is None:
                    self._put_opening(tx, held)
            case Channel(channel_id=channel_id):
                if not isinstance(before, Channel):
                    assert channel_id not in self._channels, "a channel takes no other's place"
                    self._remove(tx, held, before)
                    self._channels[channel_id] = held
                    tx.undo(partial(_drop, self._channels, channel_id))
            case Forgotten():
                self._remove(tx, held, before)
                if isinstance(before, Channel):
                    stored.forget_channel(tx, held.number)
                    self._around.forgot(tx, before)

    def _put_opening(self, tx: Transaction, held: Held) -> None:
        name = held.peer_id, held.temporary_channel_id
        self._openings[name] = held
        tx.undo(partial(_drop, self._openings, name))

    def _remove(self, tx: Transaction, held: Held, before: ChannelState | None) -> None:
        if isinstance(before, Opening):
            name = held.peer_id, before.temporary_channel_id
            if self._openings.pop(name, None) is not None:
                tx.undo(partial(self._openings.__setitem__, name, held))
        elif isinstance(before, Channel):
            del self._channels[before.channel_id]
            tx.undo(partial(self._channels.__setitem__, before.channel_id, held))

    def _freeze(self, tx: Transaction, held: Held, error: Exception) -> None:
        """A bug of ours, or a damaged row: this channel does nothing more, and the guard watches it
        as before."""
        self._shell.log.error("channels", f"{log_words.name(held)} freezes", error)
        tx.undo(held.memento())
        held.frozen = type(error).__name__
        if held.begun and isinstance(held.state, Channel):
            stored.save_channel(tx, held.row())
        elif held.begun:
            self._remove(tx, held, held.state)
        self._around.froze(tx, held)


def _is_asked_to_close(before: ChannelState | None, after: ChannelState) -> bool:
    """Whether the peer begins to close in agreement."""
    match before, after:
        case Channel(closing=old), Channel(closing=new):
            return bool(new.their_script) and not old.their_script and not old.our_script
        case _:
            return False


def _write(tx: Transaction, held: Held) -> None:
    if held.begun and isinstance(held.state, Channel):  # it may have been forgotten since
        stored.save_channel(tx, held.row())


def _drop(table: dict[bytes, Held] | dict[tuple[bytes, bytes], Held], name: object) -> None:
    del table[name]  # type: ignore[arg-type]  # a name of this very table
