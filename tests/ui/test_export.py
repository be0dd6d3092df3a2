"""A file is there whole or not at all, is the user's alone, and takes nothing's place."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.activity import ActivityCount, ActivityPage
from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.export import COLUMNS
from lnwallet_tui.api.filter import Names
from lnwallet_tui.api.holdings import HoldingView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, ChannelView, PaymentView
from lnwallet_tui.ui import export
from lnwallet_tui.ui.activity_words import ABOUT, found
from tests.ui import views
from tests.ui.coins import transaction
from tests.ui.holdings import HOLDINGS
from tests.ui.scripted_node import ScriptedNode

_NOBODY = 65_534
FOUND = ActivityCount(payments=450, transactions=0)


def wallet(number: int = 450) -> ScriptedNode:
    node = ScriptedNode()
    node.payment_views = tuple(
        views.payment(f"{i:064x}", created=views.NOW - i * 60, amount_msat=i * 1_000 + 1_000)
        for i in range(number)
    )
    return node


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


class Waiting(ScriptedNode):
    """Answers only when it is let; `asked` is set once it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.payment_views = wallet().payment_views
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def search_activity(
        self,
        words: str,
        limit: int = 50,
        after: str = "",
        *,
        skip: int = 0,
        oldest_first: bool = False,
        names: Names = (),
    ) -> ActivityPage | Refused:
        self.asked.set()
        await self.let.wait()
        return await super().search_activity(
            words, limit, after, skip=skip, oldest_first=oldest_first, names=names
        )


async def refused(node: ScriptedNode, path: str | Path, words: str = "") -> Refused:
    answer = await export.write(node, words, str(path))
    assert isinstance(answer, Refused)
    for part in (answer.message, answer.remedy):
        assert part.endswith((".", "?"))
    return answer


@pytest.mark.parametrize("name", ["all.csv", "all.JSON", "ü 漢字.csv"])
async def test_everything_the_oldest_first_for_the_owner_only(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    before = os.umask(0)
    try:
        assert await export.write(wallet(), "", str(path)) == FOUND
    finally:
        os.umask(before)
    assert files(tmp_path) == [path]
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert text.count("something nice") == 450
    assert text.index("450000") < text.index(f"{0:064x}")


def closed(lost: HoldingView, time: int) -> ChannelView:
    """The channel of which `lost` went, with the last step to its end at that time."""
    end = replace(views.CLOSE_STEP, time=time)
    view = views.channel(lost.channel_id, state=ChannelState.CLOSED, closing_kind="ours")
    return replace(view, closing_txid="55" * 32, closes=(end,))


async def test_what_closes_cost_stands_in_its_place_by_time(tmp_path: Path) -> None:
    node, [lost] = wallet(3), HOLDINGS.written_off.children
    node.transaction_views = ()
    for time, place in ((views.NOW - 60, 2), (views.NOW - 90, 1), (views.NOW, 3), (1, 0)):
        node.channel_views = (closed(lost, time),)
        path = tmp_path / f"{time}.json"
        assert (await export.proposal(node, "", (), views.NOW, of="")).more.close_costs == 1
        counted = await export.write(node, "", str(path))
        assert counted == ActivityCount(payments=3, transactions=0, close_costs=1)
        assert found(counted) == "3 payments, 1 close cost"
        rows = json.loads(path.read_text())
        assert [one["kind"] for one in rows].index("close cost") == place
        assert [one["time"] for one in rows] == sorted(one["time"] for one in rows)
        cost = rows[place]
        assert cost["txid"] == "55" * 32
        assert cost["fee_msat"] == -cost["wallet_msat"] == lost.amount_msat > 0
    await export.write(node, "in", str(tmp_path / "in.json"))
    assert json.loads((tmp_path / "in.json").read_text()) == []
    assert (await export.proposal(node, "in", (), views.NOW, of="")).more.close_costs == 0
    await export.write(node, "onchain", str(tmp_path / "onchain.json"))
    assert json.loads((tmp_path / "onchain.json").read_text()) == [cost]


async def test_what_is_not_known_of_a_restored_channel_stands_in_a_row(tmp_path: Path) -> None:
    node = wallet(3)
    lost = replace(views.channel(), restored=True)
    late = replace(views.channel("99" * 32), undecided_msat=2_000_001)
    node.channel_views = (lost, late)
    node.transaction_views = (
        replace(transaction(1, kind=TxKind.OPENING), channel_id=lost.channel_id),
    )
    counted = await export.write(node, "", str(tmp_path / "all.json"))
    assert isinstance(counted, ActivityCount)
    assert found(counted) == "3 payments, 1 not known, 1 not settled"
    assert (await export.proposal(node, "", (), views.NOW, of="")).more.not_known == 1
    rows = json.loads((tmp_path / "all.json").read_text())
    unknown, unsettled = (one for one in rows if one["kind"] != "lightning")
    assert (unknown["kind"], unknown["direction"], unknown["time"]) == ("not known", "out", None)
    assert unknown["wallet_msat"] == -lost.capacity_sat * 1000
    assert (unknown["amount_msat"], unknown["fee_msat"]) == (lost.capacity_sat * 1000, 0)
    assert "the wallet was restored" in unknown["reason"]
    assert (unsettled["kind"], unsettled["wallet_msat"]) == ("not settled", 2_000_001)
    assert "has not settled" in unsettled["reason"]
    assert "A wallet that was restored has nothing of what was paid before" in ABOUT


async def test_a_close_that_becomes_dearer_meanwhile_has_the_difference_in_a_row(
    tmp_path: Path,
) -> None:
    node, [lost] = Waiting(), HOLDINGS.written_off.children
    node.channel_views, node.transaction_views = (closed(lost, views.NOW - 90),), ()
    path = tmp_path / "all.json"
    writing = asyncio.create_task(export.write(node, "", str(path)))
    await node.asked.wait()
    more = replace(lost.children[0], name="more", amount_msat=492_000)
    dearer = replace(lost, children=(*lost.children, more))
    written_off = replace(node.holdings_view.written_off, children=(dearer,))
    node.holdings_view = replace(node.holdings_view, written_off=written_off)
    node.let.set()
    assert await writing == replace(FOUND, close_costs=2)
    costs = [one for one in json.loads(path.read_text()) if one["kind"] == "close cost"]
    assert [one["wallet_msat"] for one in costs] == [-lost.amount_msat, -492_000]


async def test_a_name_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert await export.write(wallet(3), "", "~/x.csv") == ActivityCount(payments=3, transactions=0)
    assert (tmp_path / "x.csv").is_file()


async def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("mine")
    assert "was left as it is" in (await refused(wallet(), path)).message
    (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere")
    assert "was left as it is" in (await refused(wallet(), tmp_path / "link.csv")).message
    assert path.read_text() == "mine"
    assert len(files(tmp_path)) == 2


async def test_what_comes_there_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    node, path = Waiting(), tmp_path / "all.csv"
    writing = asyncio.create_task(export.write(node, "", str(path)))
    await node.asked.wait()
    path.write_text("mine")
    node.let.set()
    answer = await writing
    assert isinstance(answer, Refused)
    assert path.read_text() == "mine"
    assert files(tmp_path) == [path]


async def test_names_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    for name, said in {
        "all": "Which kind of file",
        "": "Which kind of file",
        "no/such/all.csv": "no such folder",
        "file/all.csv": "no such folder",
        "folder.csv": "This is a folder",
        "x" * 300 + ".csv": "too long",
        "a\x00b.csv": "No file can have this name",
        "\ud800.csv": "No file can have this name",
    }.items():
        assert said in (await refused(wallet(3), tmp_path / name if name else "")).message
    assert "no such folder" in (await refused(wallet(3), "~nobody-of-this-name/x.csv")).message
    assert len(files(tmp_path)) == 2


async def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes the kernel refuse the write in the middle of the file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        answer = await refused(wallet(), tmp_path / "all.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (answer.code, "too large" in answer.message) == (RefusalCode.DISK, True)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "The disk is full; no file was written."),
        (errno.EDQUOT, "The disk is full"),
        (errno.EACCES, "You may not write a file there."),
        (errno.EPERM, "You may not"),
        (errno.EROFS, "You may not"),
        (errno.EIO, "The file cannot be written: Input/output error."),
    ],
)
def test_every_failure_of_a_disk_is_a_sentence(number: int, said: str) -> None:
    answer = export.refusal(OSError(number, os.strerror(number)))
    assert answer.message.startswith(said)
    assert answer.remedy.endswith(".")


async def test_a_folder_of_others_is_said(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o500)
    root = os.geteuid() == 0  # who may write everywhere, and so becomes nobody for this
    if root:
        os.seteuid(_NOBODY)
    try:
        answer = await refused(wallet(3), tmp_path / "all.csv")
    finally:
        if root:
            os.seteuid(0)
    assert "You may not" in answer.message


async def test_a_filter_that_is_not_understood_leaves_nothing(tmp_path: Path) -> None:
    answer = await refused(wallet(3), tmp_path / "all.csv", "since:soon")
    assert "since:soon" in answer.message
    assert files(tmp_path) == []


async def test_who_goes_away_leaves_nothing(tmp_path: Path) -> None:
    node = Waiting()
    writing = asyncio.create_task(export.write(node, "", str(tmp_path / "all.csv")))
    await node.asked.wait()
    assert len(files(tmp_path)) == 1
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert files(tmp_path) == []


async def test_the_loop_touches_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: set[tuple[str, int]] = set()
    for name in ("open", "write", "fsync", "replace", "close"):
        real = getattr(os, name)

        def noted(
            *given: object, _name: str = name, _real: object = real, **more: object
        ) -> object:
            touched.add((_name, threading.get_ident()))
            assert callable(_real)
            return _real(*given, **more)

        monkeypatch.setattr(os, name, noted)
    assert await export.write(wallet(), "", str(tmp_path / "all.csv")) == FOUND
    assert {name for name, _ in touched} == {"open", "write", "fsync", "replace", "close"}
    assert len({thread for _, thread in touched}) == 1
    assert threading.get_ident() not in {thread for _, thread in touched}


class Changing(ScriptedNode):
    """While it is read, what failed long ago is tried anew: it moves to the newest end."""

    async def search_activity(
        self,
        words: str,
        limit: int = 50,
        after: str = "",
        *,
        skip: int = 0,
        oldest_first: bool = False,
        names: Names = (),
    ) -> ActivityPage | Refused:
        page = await super().search_activity(
            words, limit, after, skip=skip, oldest_first=oldest_first, names=names
        )
        if not after:
            self.payment_views = tuple(map(_tried_anew, self.payment_views))
        return page


def _tried_anew(view: PaymentView) -> PaymentView:
    if int(view.payment_hash, 16) not in (448, 100):  # one on the first page, one on a later one
        return view
    return views.payment(view.payment_hash, created=views.NOW + 9_000)


async def test_what_is_tried_anew_meanwhile_is_neither_missed_nor_written_twice(
    tmp_path: Path,
) -> None:
    node = Changing()
    node.payment_views = wallet().payment_views
    path = tmp_path / "all.json"
    assert await export.write(node, "", str(path)) == FOUND
    hashes = [one["payment_hash"] for one in json.loads(path.read_text())]
    assert len(hashes) == len(set(hashes)) == 450


def test_where_a_file_goes_unless_one_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DOCUMENTS_DIR", "XDG_DOWNLOAD_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "started here").mkdir()
    monkeypatch.chdir(tmp_path / "started here")
    assert export.default_path(views.NOW) == str(tmp_path / "lnwallet-2026-09-21.csv")
    (tmp_path / "Downloads").mkdir()
    assert export.default_path(views.NOW) == str(tmp_path / "Downloads/lnwallet-2026-09-21.csv")
    (tmp_path / "Documents").mkdir()
    assert export.default_path(views.NOW) == str(tmp_path / "Documents/lnwallet-2026-09-21.csv")


def test_the_page_says_which_column_adds_up() -> None:
    assert "wallet_msat" in COLUMNS
    assert "of its columns wallet_msat adds up: to the total on Home" in ABOUT
