"""How paying an address and hurrying look at both sizes, compared and read as `test_snapshots`
does."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.spending import BumpWay
from tests.ui import coins, spending
from tests.ui.stage import LARGE, SMALL, on_stage
from tests.ui.test_hurry import node as waiting
from tests.ui.test_pay_address import LINK, node
from tests.ui.test_snapshots import Album

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


@SIZES
async def test_paying_an_address(
    size: tuple[int, int], snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted = replace(
        spending.send_quote(((spending.ADDRESS, 25_000),)),
        rates=spending.RATES, must_stay_sat=55_244, left_alone_sat=20_000,
    )  # fmt: skip
    monkeypatch.setattr(spending, "send_quote", lambda _: quoted)
    async with on_stage(node(25_000, "The shop", "Two chairs"), size=size) as stage:
        album = Album(stage, snapshot)
        await stage.paste(LINK)
        await album.add(
            "pay-address", "1 of 3 · how much", "The link asks for 25,000 sat", "25,000"
        )
        await stage.press("enter", "enter")
        await album.add("pay-check", "2 of 3 · check", "● slow 150 sat", "Of it kept 55,244 sat")
        await stage.press("right", "enter")
        await album.add("transaction", "Transaction: in no block yet", "b hurries it")
    assert album.dim == {}
    assert album.different == []


@SIZES
async def test_hurrying(
    size: tuple[int, int], snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with on_stage(waiting(), size=size) as stage:
        album = Album(stage, snapshot)
        await stage.press("7", "t")
        await album.add("waiting", "b Hurry")
        await stage.press("b")
        await album.add("hurry-replaced", "Another transaction takes its place")
    child = replace(spending.bump_quote(coins.txid(1)), way=BumpWay.CHILD)
    monkeypatch.setattr(spending, "bump_quote", lambda _: child)
    async with on_stage(waiting(TxKind.OPENING), size=size) as stage:
        opening = Album(stage, snapshot)
        await stage.press("7", "t", "b")
        await opening.add("hurry-child", "a second transaction (a child) spends your change")
    assert album.dim == opening.dim == {}
    assert album.different == opening.different == []
