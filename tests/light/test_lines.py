"""Who is dialled, how often, and what a bug in between costs."""

from __future__ import annotations

from itertools import pairwise

from lnwallet_tui.chain.questions import Refusal
from lnwallet_tui.light.lines import AGAIN_MOST_MS, ASIDE_MS, Lines
from lnwallet_tui.net.link import Link, MemoryLink, in_memory_pair
from lnwallet_tui.node.ports import DialFailed
from lnwallet_tui.playground.clock import WorldClock
from tests.light.town import These

MINUTE_MS = 60_000


class Phone:
    """Lines to some addresses; those of `dead` do not answer. `hears` is what was received."""

    def __init__(self, wanted: int, *addresses: str, dead: tuple[str, ...] = ()) -> None:
        self.clock = WorldClock()
        self.whom = These(addresses)
        self.dead = set(dead)
        self.dialled: list[tuple[int, str]] = []
        self.ends: dict[int, MemoryLink] = {}
        self.hears: list[tuple[int, bytes]] = []
        self.bugs: list[Exception] = []
        self.trips: list[int] = []
        self.leaves = False
        self._began = self.clock.now_ms()
        self.lines = Lines(wanted, self.whom, self.dial, self.clock, self, self.bugs.append)
        self._next: MemoryLink | None = None

    async def dial(self, address: str) -> Link:
        self.dialled.append((self.clock.now_ms() - self._began, address))
        if address in self.dead:
            raise DialFailed("nobody")
        ours, self._next = in_memory_pair(self.clock)
        return ours

    def opened(self, number: int, address: str) -> None:
        assert self._next is not None
        self.ends[number] = self._next
        if self.leaves:
            self.lines.met(number, 9)
            self.lines.hang_up(number, Refusal.PRUNED)

    def received(self, number: int, data: bytes) -> None:
        if self.trips:
            raise AssertionError(f"a bug {self.trips.pop()}")
        self.hears.append((number, data))

    def when(self, address: str) -> list[int]:
        """At which second it was dialled."""
        return [at // 1_000 for at, whom in self.dialled if whom == address]

    async def wait(self, ms: int) -> None:
        await self.clock.wait_for(lambda: False, ms)

    async def end(self) -> None:
        await self.lines.close()


async def test_each_line_leads_to_somebody_else() -> None:
    phone = Phone(3, "a:1", "b:1", "c:1", "d:1")
    phone.lines.start()
    await phone.wait(MINUTE_MS)
    assert sorted(address for _, address in phone.dialled) == ["a:1", "b:1", "c:1"]
    phone.ends[0].write(b"hello")
    await phone.clock.rest()
    assert phone.hears == [(0, b"hello")]
    phone.lines.send(1, b"who is there?")
    await phone.clock.rest()
    assert await phone.ends[1].read() == b"who is there?"
    await phone.end()
    await phone.clock.rest()
    assert await phone.ends[0].read() == b""


async def test_who_does_not_answer_is_dialled_less_and_less_often() -> None:
    phone = Phone(1, "a:1", dead=("a:1",))
    phone.lines.start()
    await phone.wait(10 * MINUTE_MS)
    waits = [after - before for before, after in pairwise(phone.when("a:1"))]
    assert waits == sorted(waits)
    assert waits[0] == 5  # as often as we look
    assert waits[-1] * 1_000 == AGAIN_MOST_MS
    assert phone.whom.in_vain == ["a:1"] * (len(waits) + 1)
    await phone.end()


async def test_whom_others_lead_to_is_dialled_last() -> None:
    phone = Phone(2, "a:1", "b:1", "c:1")
    phone.lines.avoided = lambda: ["a:1", "b:1"]
    phone.lines.start()
    await phone.clock.rest()
    assert [whom for _, whom in phone.dialled] == ["c:1", "a:1"]
    assert phone.lines.taken == {"a:1", "c:1"}
    await phone.end()


async def test_others_have_their_turn_at_once() -> None:
    phone = Phone(1, "a:1", "b:1", "c:1", dead=("a:1", "b:1"))
    phone.lines.start()
    await phone.clock.rest()
    assert [whom for _, whom in phone.dialled] == ["a:1", "b:1", "c:1"]
    await phone.end()


async def test_who_was_there_and_hung_up_is_dialled_soon() -> None:
    phone = Phone(1, "a:1")
    phone.lines.start()
    await phone.clock.rest()
    for number in range(5):
        phone.lines.met(number, 9)
        await phone.clock.pass_by(MINUTE_MS)
        phone.ends[number].close()
        await phone.wait(6_000)
    assert len(phone.when("a:1")) == 6
    await phone.end()


async def test_whom_we_hang_up_on_when_all_is_said_is_dialled_at_once_when_there_is_more() -> None:
    """Each of our transactions has lines of its own time: the tenth does not wait for a minute."""
    phone = Phone(1, "a:1")
    for _ in range(10):
        phone.lines.start()
        await phone.clock.rest()
        phone.lines.met(len(phone.ends) - 1, 9)
        await phone.end()
    assert phone.when("a:1") == [0] * 10


async def test_whom_we_never_met_is_not_dialled_at_once_for_our_having_hung_up() -> None:
    phone = Phone(1, "a:1")
    phone.lines.start()
    await phone.clock.rest()
    await phone.end()
    phone.lines.start()
    await phone.clock.rest()
    assert phone.when("a:1") == [0]
    await phone.end()


async def test_who_introduces_itself_and_goes_is_dialled_less_and_less_often() -> None:
    """There may be nobody else, and without this we would dial it as fast as we can."""
    phone = Phone(1, "a:1")
    phone.leaves = True
    phone.lines.start()
    await phone.wait(10 * MINUTE_MS)
    waits = [after - before for before, after in pairwise(phone.when("a:1"))]
    assert waits == sorted(waits)
    assert waits[0] == 5
    assert waits[-1] * 1_000 == AGAIN_MOST_MS
    await phone.end()


async def test_who_is_of_no_use_is_told_to_whoever_remembers() -> None:
    phone = Phone(1, "a:1")
    phone.lines.start()
    await phone.clock.rest()
    phone.lines.hang_up(0, Refusal.PRUNED)
    assert phone.whom.ends == [("a:1", Refusal.PRUNED)]
    assert phone.lines.address_of(0) is None
    phone.lines.hang_up(0, Refusal.PRUNED)  # once
    assert len(phone.whom.ends) == 1
    await phone.end()


async def test_a_bug_while_hearing_costs_a_connection_and_not_the_line() -> None:
    phone = Phone(1, "a:1")
    phone.lines.start()
    await phone.clock.rest()
    phone.trips.append(1)
    phone.ends[0].write(b"hello")
    await phone.clock.rest()
    assert [str(bug) for bug in phone.bugs] == ["a bug 1"]
    await phone.wait(MINUTE_MS)
    phone.ends[1].write(b"again")
    await phone.clock.rest()
    assert phone.hears == [(1, b"again")]
    await phone.end()


async def test_others_can_be_tried_at_a_wish() -> None:
    phone = Phone(2, "a:1", "b:1", "c:1", "d:1")
    phone.lines.start()
    await phone.clock.rest()
    phone.lines.drop_all()
    await phone.clock.rest()
    assert sorted(whom for _, whom in phone.dialled) == ["a:1", "b:1", "c:1", "d:1"]
    await phone.end()


async def test_who_was_sent_away_comes_after_all_others() -> None:
    phone = Phone(1, "a:1", "b:1", dead=("b:1",))
    phone.lines.start()
    await phone.clock.rest()
    phone.lines.met(0, 9)
    phone.lines.try_others()
    await phone.wait(1)
    assert [whom for _, whom in phone.dialled] == ["a:1", "b:1", "a:1"]  # there is nobody else
    await phone.end()


async def test_who_was_sent_away_rests_for_a_minute_while_others_are_there() -> None:
    phone = Phone(1, "a:1", "b:1")
    phone.lines.start()
    await phone.clock.rest()
    phone.lines.met(0, 9)
    phone.lines.try_others()
    await phone.wait(1)
    assert [whom for _, whom in phone.dialled] == ["a:1", "b:1"]
    phone.lines.met(1, 9)
    await phone.clock.pass_by(ASIDE_MS)
    phone.ends[1].close()
    await phone.wait(1)
    assert [whom for _, whom in phone.dialled] == ["a:1", "b:1", "a:1"]
    await phone.end()
