"""When a peer is dialled again, and where."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.peer.reconnect import JITTER_PARTS, Reconnect
from lnwallet_tui.policy import FIRST_REDIAL_MS, LONGEST_REDIAL_MS, STABLE_MS


def delays(jitter: int, count: int = 12) -> list[int]:
    dial, waits = Reconnect(["only"]), []
    for _ in range(count):
        waits.append(dial.delay_ms(jitter))
        dial = dial.ended()
    return waits


def test_at_once_then_doubling_to_five_minutes() -> None:
    seconds = [wait // 1000 for wait in delays(0)]
    assert seconds == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@given(st.integers(0, JITTER_PARTS - 1))
def test_jitter_takes_up_to_a_half(jitter: int) -> None:
    for whole, less in zip(delays(0), delays(jitter), strict=True):
        assert whole // 2 <= less <= whole


def test_a_long_absence_does_not_overflow() -> None:
    assert Reconnect(["only"], failures=1 << 40).delay_ms(0) == LONGEST_REDIAL_MS


def test_every_address_has_its_turn_before_a_wait() -> None:
    dial, seen = Reconnect(["a", "b", "c"]), []
    for _ in range(7):
        seen.append((dial.address(), dial.delay_ms(0)))
        dial = dial.ended()
    waits = [("a", 0), ("b", 0), ("c", 0), ("a", 1000), ("b", 0), ("c", 0), ("a", 2000)]
    assert seen == waits


def test_the_address_that_worked_comes_first() -> None:
    dial = Reconnect(["a", "b", "c"]).ended()
    assert dial.address() == "b"
    dial = dial.ended(lived_ms=STABLE_MS)
    assert (dial.address(), dial.delay_ms(0)) == ("b", FIRST_REDIAL_MS)
    assert dial.ended().address() == "c"


def test_a_peer_that_hangs_up_at_once_is_dialled_ever_more_seldom() -> None:
    dial, waits = Reconnect(["only"]), []
    for _ in range(6):
        dial = dial.ended(lived_ms=STABLE_MS - 1)
        waits.append(dial.delay_ms(0))
    assert all(one < other for one, other in pairwise(waits))


def test_after_suspension_at_once() -> None:
    dial = Reconnect(["a", "b"], first=1, failures=9).resumed()
    assert (dial.address(), dial.delay_ms(0)) == ("b", 0)
