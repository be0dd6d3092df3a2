"""What the screen says of a node that ran before it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, Mock

import pytest

from lnwallet_tui import attach
from lnwallet_tui.attach import _Screen, greeting
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.ui.crash import Reports

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


@pytest.mark.parametrize(("was_left", "opened"), [(False, True), (True, False)])
async def test_who_leaves_once_the_words_are_kept_is_shown_no_wallet(
    was_left: bool, opened: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown: list[str] = []
    process = SimpleNamespace(
        look=AsyncMock(return_value=SimpleNamespace(begun=False)), unlock=AsyncMock()
    )
    custody = Mock()
    custody.view.return_value = SimpleNamespace(is_open=True)
    monkeypatch.setattr(attach, "FarCustody", lambda *_: custody)

    class Screen(_Screen):
        async def _open(self, visitor: object, custody: object) -> tuple[int, bool]:
            return 0, was_left

        async def _wallets_screen(
            self, visitor: object, custody: object, *, was_running: bool
        ) -> int:
            shown.append("the wallet")
            return 0

    wallet = WalletFolder.at(tmp_path, Network.REGTEST)
    screen = Screen(wallet, tmp_path / "config", (), None, Reports(), told)
    visitor = cast("Any", SimpleNamespace(process=process))
    assert await screen._on(visitor, was_running=False) == 0
    assert bool(shown) is opened
