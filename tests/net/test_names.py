"""Names are looked up without holding anybody up."""

import socket
import threading

import pytest

from lnwallet_tui.net.names import addresses_of


async def test_this_machine_is_known() -> None:
    found = await addresses_of("localhost")
    assert set(found) <= {"127.0.0.1", "::1"}
    assert found


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".invalid", "\0"])
async def test_what_is_no_name_has_no_address(name: str) -> None:
    assert await addresses_of(name) == ()


async def test_an_answer_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where there is no network; and it may still come when nobody listens any more."""
    go_on, answered = threading.Event(), threading.Event()

    def look_up(*_name: object, **_kind: object) -> list[object]:
        go_on.wait()
        answered.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert await addresses_of("slow.example", timeout_seconds=0) == ()
    go_on.set()
    answered.wait()
