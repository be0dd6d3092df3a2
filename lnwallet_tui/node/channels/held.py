"""A channel in memory: its state and its signer, together with what stores them."""

from __future__ import annotations

from collections.abc import Callable

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat, Sat
from lnwallet_tui.channel.backup import BackedUp, restored
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.limits import can_receive, can_send, lacks_to_receive
from lnwallet_tui.channel.state import Channel, ChannelState, Opening
from lnwallet_tui.coins.refusals import CoinsRefused
from lnwallet_tui.keys.derive import ChannelKeyId, ChannelKeys, KeySchedule
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.policy import Policy
from lnwallet_tui.store.channels import ChannelRow
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.errors import RowDamaged, StoreError


class Held:
    """One opening or channel. `frozen` names the bug of ours that stopped it, else empty."""

    def __init__(self, number: int, peer_id: bytes, salt: bytes, keys: ChannelKeys) -> None:
        self.number = number
        self.peer_id = peer_id
        self.salt = salt
        self.frozen = ""
        self.signer_lost = False  # whether the file did not have what the signer is to remember
        self.agreed = False  # whether the peer has taken the channel up since our start
        self.is_older = False  # whether this wallet had a newer state of it
        # Of an opening of ours: what its funding may cost, why the coins did not do, and why the
        # channel backup did not.
        self.most_fee: Sat | None = None
        self.coins_refused: CoinsRefused | None = None
        self.backup_refused: StoreError | None = None
        self.signer = Signer(keys)
        self._state: ChannelState | None = None
        self._keys = keys
        self._kept_memory = self.signer.memory
        self._limits: tuple[Channel, Msat, Msat] | None = None

    @classmethod
    def fresh(cls, number: int, peer_id: bytes, salt: bytes, schedule: KeySchedule) -> Held:
        """For an opening that begins; its state follows."""
        return cls(number, peer_id, salt, schedule.channel_keys(ChannelKeyId(number, salt)))

    @classmethod
    def stored(cls, row: ChannelRow, schedule: KeySchedule) -> Held:
        """As the last commit left it."""
        keys = schedule.channel_keys(ChannelKeyId(row.number, row.salt))
        held = cls(row.number, row.peer_id, row.salt, keys)
        held.frozen = row.frozen
        held.agreed = bool(row.frozen)  # what stood still since cannot have fallen behind
        try:
            memory = decode(row.signer, SignerMemory)
        except RowDamaged as error:
            held.signer_lost, held.frozen = True, row.frozen or type(error).__name__
            memory = _memory_of(row.state)
        held.signer = Signer(keys, memory)
        held._kept_memory = held.signer.memory
        held.state = row.state
        return held

    @classmethod
    def restored(cls, kept: BackedUp, schedule: KeySchedule) -> Held:
        """As a channel backup has it."""
        keys = schedule.channel_keys(ChannelKeyId(kept.number, kept.salt))
        held = cls(kept.number, kept.peer_id, kept.salt, keys)
        held.signer = Signer(keys, SignerMemory(only_sweeps=True))
        held.state = restored(kept, held.signer.basepoints)
        return held

    @property
    def state(self) -> ChannelState:
        """What the machine knows."""
        assert self._state is not None, "an opening has its state from its first step on"
        return self._state

    @state.setter
    def state(self, state: ChannelState) -> None:
        self._state = state

    @property
    def has_its_keys(self) -> bool:
        """Whether its number gives the keys that its state names. What the salt gives it does not
        name."""
        return self.signer.basepoints == self.channel.ours.basepoints

    @property
    def names(self) -> frozenset[bytes]:
        """The ids by which the peer may call it."""
        match self.state:
            case Channel(channel_id=channel_id):
                return frozenset({channel_id, self.temporary_channel_id})
            case Opening() as opening:
                return frozenset({opening.channel_id, opening.temporary_channel_id})
            case _:
                return frozenset()

    @property
    def purpose(self) -> bytes:
        """By which coins are kept for the opening."""
        return b"opening" + self.number.to_bytes(4, "big")

    def is_gone(self, htlc_id: int) -> bool:
        """Whether the removal of a received HTLC is irrevocably committed."""
        return self.channel.ledger.find(Side.THEM, htlc_id) is None

    def received(self) -> frozenset[int]:
        """The received HTLCs whose removal is not, by their ids."""
        htlcs = self.channel.ledger.htlcs
        return frozenset(htlc.id for htlc in htlcs if htlc.offered_by is Side.THEM)

    @property
    def begun(self) -> bool:
        """Whether there is a state yet."""
        return self._state is not None

    @property
    def channel(self) -> Channel:
        """The state of one that is stored."""
        assert isinstance(self._state, Channel), "not a channel yet, or no more"
        return self._state

    @property
    def temporary_channel_id(self) -> bytes:
        """By which the opening was known."""
        assert isinstance(self._state, Opening | Channel)
        return self._state.temporary_channel_id

    @property
    def signer_learned(self) -> bool:
        """Whether the signer has to remember more than was stored."""
        return self.signer.memory != self._kept_memory

    def limits(self, policy: Policy) -> tuple[Msat, Msat]:
        """What could be offered at most to the peer, and by it, were nothing in the way.

        Searching for it takes milliseconds, so it is kept as long as the state stands.
        """
        channel = self.channel
        if self._limits is None or self._limits[0] is not channel:
            self._limits = channel, can_send(channel, policy), can_receive(channel, policy)
        return self._limits[1:]

    def lacking(self, policy: Policy) -> Msat:
        """What must come to the peer's side before it can offer us anything; nothing where it can,
        or where something else is in the way."""
        receivable = self.limits(policy)[1]
        return ZERO_MSAT if receivable else lacks_to_receive(self.channel, policy)

    def row(self) -> ChannelRow:
        """What is to be stored, now."""
        self._kept_memory = self.signer.memory
        return ChannelRow(
            number=self.number,
            peer_id=self.peer_id,
            salt=self.salt,
            frozen=self.frozen,
            signer=encode(self.signer.memory),
            state=self.channel,
        )

    def memento(self) -> Callable[[], None]:
        """What takes it back to how it is now: for a transaction that fails.

        No signature of a step that failed has left, so a signer of the old memory is as good.
        """
        state, frozen, memory = self._state, self.frozen, self.signer.memory
        kept = self._kept_memory

        def restore() -> None:
            self._state, self.frozen, self._kept_memory = state, frozen, kept
            if self.signer.memory != memory:
                self.signer = Signer(self._keys, memory)

        return restore


def _memory_of(channel: Channel) -> SignerMemory:
    """What a signer of that channel, which stands still, need remember: that our newest commitment
    may be published and no other, and that nothing of the peer's is signed any more."""
    if channel.restored:
        return SignerMemory(only_sweeps=True)
    ours, theirs = channel.our_number, (channel.their_next or channel.their_current).spec.number
    return SignerMemory(
        accepted=ours, released=ours - 1, signed=theirs, outpoint=channel.funding.outpoint
    )
