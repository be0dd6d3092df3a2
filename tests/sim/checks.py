"""What must hold after each step of any channel, in words of BOLT 2, 3 and 5 and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field

from msgspec.structs import replace

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.channel.commitment import CommitmentSpec, commitment_number
from lnwallet_tui.channel.effects import Send
from lnwallet_tui.channel.env import Step
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.signing import SignerRefused
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.channel.transactions import build_commitment
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.node import Node
from lnwallet_tui.playground.cheating import kept_state
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.policy_form import check_form
from lnwallet_tui.playground.policy_inputs import check_inputs
from lnwallet_tui.playground.policy_rejection import Rejection
from lnwallet_tui.playground.policy_script import check_scripts
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.wire.bolt2 import (
    ChannelReestablish,
    CommitmentSigned,
    RevokeAndAck,
    UpdateAddHtlc,
    UpdateFailHtlc,
    UpdateFailMalformedHtlc,
    UpdateFee,
    UpdateFulfillHtlc,
)
from lnwallet_tui.wire.codec import Message
from tests.audit.bolt3 import _WEIGHT, _WEIGHT_OF_AN_HTLC, ANCHOR_SAT

_TIMEOUT, _SUCCESS = 663, 703  # BOLT 3: what the second stage weighs without anchors


@dataclass
class Checks:
    """Looks over the shoulders of all nodes. `broken` is what did not hold, once each."""

    engine: Engine
    broken: dict[str, None] = field(default_factory=dict)
    updates: set[tuple[object, ...]] = field(default_factory=set)
    repeatable: set[tuple[object, ...]] = field(default_factory=set)
    replays: int = 0
    """Reconnects after which something was sent again."""
    _reconnected: set[tuple[str, bytes]] = field(default_factory=set)
    seen: dict[bytes, dict[str, Channel]] = field(default_factory=dict)
    """The durable state of each side, by channel and name; of one that crashed its last."""
    specs: dict[tuple[bytes, str, int], CommitmentSpec] = field(default_factory=dict)
    """Each commitment that was ever signed: channel, its holder, its number."""
    examined: int = 0
    _examined: dict[tuple[str, bytes], int] = field(default_factory=dict)
    cheats: set[str] = field(default_factory=set)

    def insist(self, holds: bool, words: str) -> None:
        """Note it where it does not."""
        if not holds:
            self.broken[words] = None

    # -- looking over shoulders
    def observe(self, name: str, node: Node) -> None:
        """From now on see every step of its channels."""
        channels = node._board.channels
        adopt = channels._adopt

        def adopted(tx: Transaction, held: Held, taken: Step) -> None:
            adopt(tx, held, taken)
            for effect in taken.effects:
                if isinstance(effect, Send):
                    self._sends(name, effect.message)
            if isinstance(taken.state, Channel):
                channel = taken.state
                self.step(name, channel)
                tx.after(lambda: self.durable(name, channel))

        channels._adopt = adopted  # type: ignore[method-assign]  # the real one, watched
        for held in channels:
            self.durable(name, held.channel)

    def _sends(self, name: str, message: Message) -> None:
        match message:
            case CommitmentSigned(channel_id=channel_id, signature=what):
                kind = self.repeatable
            case RevokeAndAck(channel_id=channel_id, per_commitment_secret=what):
                kind = self.repeatable
            case (
                UpdateAddHtlc(channel_id=channel_id, id=what)
                | UpdateFulfillHtlc(channel_id=channel_id, id=what)
                | UpdateFailHtlc(channel_id=channel_id, id=what)
                | UpdateFailMalformedHtlc(channel_id=channel_id, id=what)
                | UpdateFee(channel_id=channel_id, feerate_per_kw=what)
            ):
                kind = self.updates
            case ChannelReestablish(channel_id=channel_id):
                self._reconnected.add((name, channel_id))
                return
            case _:
                return
        key = (name, channel_id, type(message), what)
        if key in kind and (name, channel_id) in self._reconnected:
            self._reconnected.discard((name, channel_id))
            self.replays += 1
        kind.add(key)

    def step(self, name: str, channel: Channel) -> None:
        """After one step, before anybody hears of it."""
        ledger, total = channel.ledger, channel.funding.value.to_msat().value
        at = f"{name}, channel {channel.channel_id.hex()[:8]}"
        self.insist(
            ledger.ours.value + ledger.theirs.value == total, f"{at}: msat are not conserved"
        )
        for one in channel.our_commitment, channel.their_current, channel.their_next:
            if one is not None:
                pending = sum(htlc.amount.value for htlc in one.spec.htlcs)
                held = one.spec.to_local.value + one.spec.to_remote.value + pending
                self.insist(held == total, f"{at}: commitment {one.spec.number} holds {held} msat")

    def durable(self, name: str, channel: Channel) -> None:
        """What a node will know after any crash from now on; both sides must agree about it."""
        self.seen.setdefault(channel.channel_id, {})[name] = channel
        for other, theirs in self.seen[channel.channel_id].items():
            if other != name:
                self._agree(name, channel, other, theirs)
        self._note(name, channel)

    def _agree(self, name: str, ours: Channel, other: str, theirs: Channel) -> None:
        """Each holds a commitment that the other knows to have signed, and the same one."""
        at = f"channel {ours.channel_id.hex()[:8]}"
        for holder, held, giver, given in (
            (name, ours, other, theirs),
            (other, theirs, name, ours),
        ):
            mine = _sorted(held.our_commitment.spec)
            known = {
                one.spec.number: _sorted(one.spec)
                for one in (given.their_current, given.their_next)
                if one is not None
            }
            self.insist(
                known.get(mine.number) == mine,
                f"{at}: {holder} holds commitment {mine.number}, {giver} knows {sorted(known)}",
            )

    def _note(self, name: str, channel: Channel) -> None:
        for who, one in (
            (name, channel.our_commitment),
            (self.peer(name, channel), channel.their_current),
            (self.peer(name, channel), channel.their_next),
        ):
            if one is None or not who:
                continue
            key = (channel.channel_id, who, one.spec.number)
            known = self.specs.setdefault(key, one.spec)
            is_same = _sorted(known) == _sorted(one.spec)
            self.insist(is_same, f"{who}: commitment {one.spec.number} has two versions")

    def is_racing(self) -> bool:
        """Whether a channel with HTLCs is on chain. Once they have expired, a reorganisation that
        takes back how they ended gives both sides a second chance, and nobody a right to it."""
        return any(
            channel.spend is not None and channel.ledger.htlcs
            for both in self.seen.values()
            for channel in both.values()
        )

    def peer(self, name: str, channel: Channel) -> str:
        """Who is at the other end; empty while it is not known."""
        both = self.seen.get(channel.channel_id, {})
        return next((other for other in both if other != name), "")

    # -- what leaves a node
    def publishes(self, name: str, tx: Tx) -> None:
        """A node hands in a transaction: never a commitment that its peer could punish."""
        if name in self.cheats:
            return
        for both in self.seen.values():
            channel = both.get(name)
            if channel is None or channel.funding.outpoint != tx.inputs[0].outpoint:
                continue
            number = commitment_number(tx, channel.params(Side.US).obscuring_factor)
            for other, theirs in both.items():
                if number is not None and other != name:
                    revoked = theirs.their_secrets.secret_of(number) is not None
                    words = f"{name} publishes its revoked commitment {number}"
                    self.insist(not revoked, words)

    # -- from time to time
    def examine(self, name: str, node: Node) -> None:
        """The newest commitment of each channel, where it was not yet looked at: engine, policy
        and BOLT 3's sums, and that the signer refuses to sign the one before."""
        for held in node._board.channels:
            channel = held.channel
            self.insist(not held.frozen, f"{name}: a channel is frozen by {held.frozen}")
            if channel.phase is Phase.DONE or channel.old_state or channel.restored:
                continue
            key = name, channel.channel_id
            if channel.spend is None and self._examined.get(key) != channel.our_number:
                self._examined[key] = channel.our_number
                self._examine(name, channel, held)
                self._refuses_revoked(name, channel, held)

    def _examine(self, name: str, channel: Channel, held: Held) -> None:
        at = f"{name}, commitment {channel.our_number}"
        try:
            tx = kept_state(channel, copy(held.signer)).tx
        except SignerRefused as refused:
            self.insist(False, f"{at}: its signer refuses it: {refused}")
            return
        self.examined += 1
        script = channel.params(Side.US).funding_script
        spent = TxOut(channel.funding.value, p2wsh(script))
        try:
            check_form(tx)
            check_inputs(tx, (spent,))
            check_scripts(self.engine, tx, (spent,))
        except Rejection as refused:
            self.insist(False, f"{at}: {refused}")
        for words in sums(channel, tx):
            self.insist(False, f"{at}: {words}")

    def _refuses_revoked(self, name: str, channel: Channel, held: Held) -> None:
        number = channel.our_number - 1
        spec = self.specs.get((channel.channel_id, name, number))
        if spec is None or held.signer.memory.released < number:
            return
        params = channel.params(Side.US)
        signer = copy(held.signer)
        built = build_commitment(params, signer.per_commitment_point(number), spec)
        try:
            signer.sign_holder_commitment(number, built.tx, built.funding_input)
        except SignerRefused:
            return
        self.insist(False, f"{name} would sign its revoked commitment {number}")


def _sorted(spec: CommitmentSpec) -> CommitmentSpec:
    """With its HTLCs in one order, whichever side listed them."""
    htlcs = sorted(spec.htlcs, key=lambda one: (one.offered, one.htlc_id))
    return replace(spec, htlcs=tuple(htlcs))


def sums(channel: Channel, tx: Tx) -> Iterator[str]:
    """BOLT 3 in integers once more: which outputs there are and what they hold."""
    spec, params = channel.our_commitment.spec, channel.params(Side.US)
    dust, rate = params.dust_limit.value, spec.feerate_per_kw
    kept = []
    for htlc in spec.htlcs:
        weight = _TIMEOUT if htlc.offered else _SUCCESS
        fee = 0 if params.anchors else rate * weight // 1000
        if htlc.amount.value // 1000 - fee >= dust:
            kept.append(htlc.amount.value // 1000)
    cost = rate * (_WEIGHT[params.anchors] + _WEIGHT_OF_AN_HTLC * len(kept)) // 1000
    cost += 2 * ANCHOR_SAT if params.anchors else 0
    local, remote = spec.to_local.value // 1000, spec.to_remote.value // 1000
    if params.holder_is_funder:
        local = max(0, local - cost)
    else:
        remote = max(0, remote - cost)
    balances = [one for one in (local, remote) if one >= dust]
    anchors = 0
    if params.anchors:
        anchors = sum(bool(kept) or one >= dust for one in (local, remote))
    wanted = sorted([*kept, *balances, *[ANCHOR_SAT] * anchors])
    found = sorted(out.value.value for out in tx.outputs)
    if found != wanted:
        yield f"pays {found} where BOLT 3 has {wanted}"
