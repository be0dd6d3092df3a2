"""Whatever is asked in whatever order: what a signer has given away can never lose money."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from lnwallet_tui.channel.signing import SignerRefused
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.store.codec import decode, encode
from tests.keys.pair import commitment, signer

Action = tuple[str, int, int]

ACTIONS = st.tuples(
    st.sampled_from(["accept", "release", "publish", "sign"]),
    st.integers(min_value=0, max_value=4),  # how far from the number that is due, less 2
    st.integers(min_value=0, max_value=1),  # which version of the commitment
)


@dataclass
class World:
    """What the counterparty and the chain have got from a signer."""

    released: set[int] = field(default_factory=set)
    published: set[int] = field(default_factory=set)
    signed: dict[int, set[bytes]] = field(default_factory=dict)

    def check(self) -> None:
        """Nothing published is revoked, nothing signed has a rival."""
        assert not self.released & self.published
        assert all(len(txids) == 1 for txids in self.signed.values())


def perform(alice: Signer, world: World, action: Action) -> bool:
    """Ask for something; False if it was refused."""
    kind, offset, version = action
    memory = alice.memory
    due = {"accept": memory.accepted + 1, "release": memory.released + 1}
    due |= {"publish": memory.accepted, "sign": memory.signed + 1}
    number = max(0, due[kind] + offset - 2)
    try:
        match kind:
            case "accept":
                alice.accept_holder_commitment(number)
            case "release":
                alice.release_secret(number)
                world.released.add(number)
            case "publish":
                built = commitment("alice", number, moved=version)
                alice.sign_holder_commitment(number, built.tx, built.funding_input)
                world.published.add(number)
            case _:
                # moved by a satoshi, so that it is another transaction
                built = commitment("bob", number, moved=1_000 * version)
                alice.sign_counterparty_commitment(number, built.tx, built.funding_input)
                world.signed.setdefault(number, set()).add(built.tx.txid)
    except SignerRefused:
        return False
    return True


@given(actions=st.lists(ACTIONS, max_size=40))
def test_no_order_of_requests_loses_money(actions: list[Action]) -> None:
    alice, world = signer(), World()
    for action in actions:
        before = alice.memory
        done = perform(alice, world, action)
        assert done or alice.memory == before
        event(f"{action[0]}: {'done' if done else 'refused'}")
        world.check()


@given(actions=st.lists(ACTIONS, max_size=25))
def test_a_signer_restored_after_each_step_answers_the_same(actions: list[Action]) -> None:
    kept, restored = signer(), signer()
    kept_world, restored_world = World(), World()
    for action in actions:
        restored = signer(memory=decode(encode(restored.memory), SignerMemory))
        assert perform(kept, kept_world, action) == perform(restored, restored_world, action)
        assert kept.memory == restored.memory
    assert kept_world == restored_world


def test_a_day_of_a_channel() -> None:
    """The order in which a machine asks is never refused."""
    alice, world = signer(), World()
    assert perform(alice, world, ("sign", 2, 0))
    assert perform(alice, world, ("accept", 2, 0))
    for _ in range(10):
        assert perform(alice, world, ("sign", 2, 0))
        assert perform(alice, world, ("sign", 1, 0))  # once more, after a reconnect
        assert perform(alice, world, ("accept", 2, 0))
        assert perform(alice, world, ("release", 2, 0))
        assert perform(alice, world, ("release", 1, 0))  # once more, after a reconnect
    assert perform(alice, world, ("publish", 2, 0))
    assert perform(alice, world, ("publish", 2, 0))  # rebroadcast
    world.check()
    assert (alice.memory.accepted, alice.memory.released, alice.memory.signed) == (10, 9, 10)
    assert alice.memory.published == 10


def test_accepting_again_changes_nothing_and_gaps_are_refused() -> None:
    memory = SignerMemory().accept(0).accept(1)
    assert memory.accept(1) is not None
    assert memory.accept(1) == memory
    for number in (-1, 0, 3):
        with pytest.raises(SignerRefused, match="does not follow"):
            memory.accept(number)


def test_secrets_are_released_one_by_one_and_again() -> None:
    memory = SignerMemory().accept(0).accept(1).accept(2).accept(3)
    with pytest.raises(SignerRefused, match="commitment 0 is to be revoked before 1"):
        memory.release(1)
    memory = memory.release(0).release(1)
    assert memory.release(0) == memory.release(1) == memory
    with pytest.raises(SignerRefused, match="not superseded"):
        memory.release(3)
    with pytest.raises(SignerRefused, match="not superseded"):
        memory.release(-1)


def test_a_memory_knows_nothing_at_first() -> None:
    assert signer().memory == SignerMemory()
