"""What the screen says of a node that ran before it."""

from __future__ import annotations

import pytest

from lnwallet_tui.attach import greeting

PEER, LISTEN = ("--chain-peer", "127.0.0.1:18444"), ("--listen", "[::1]:9735")
OTHER = ("--chain-peer", "10.0.0.1:18444")


def told(text: str) -> str:
    return f"{text} --datadir w"


@pytest.mark.parametrize("asked", [(), (PEER,), (PEER, LISTEN), (("--listen", "[::1]:09735"),)])
def test_a_node_that_was_started_so_is_only_looked_at(asked: tuple[tuple[str, str], ...]) -> None:
    notice = greeting(asked, (PEER, LISTEN), told)
    assert (notice.urgent, notice.remedy) == (False, "")
    assert "this screen only looks in" in notice.text


def test_a_proxy_is_none_where_none_counts() -> None:
    assert not greeting((("--proxy", "none"),), (PEER,), told).urgent
    through_tor = greeting((("--proxy", "none"),), (PEER, ("--proxy", "127.0.0.1:9050")), told)
    assert through_tor.text.endswith("as it was started, without --proxy none.")


def test_what_it_was_started_without_is_named_and_how_to_end_it() -> None:
    notice = greeting((PEER, OTHER, LISTEN), (PEER,), told)
    assert notice.urgent
    assert notice.text.endswith(
        "as it was started, without --chain-peer 10.0.0.1:18444, --listen [::1]:9735."
    )
    assert notice.remedy == "For that end it first: lnwallet-tui stop --datadir w"
