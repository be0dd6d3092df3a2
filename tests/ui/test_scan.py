"""Scan: codes out of pictures that others made, and what is said where there are none."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from syrupy.assertion import SnapshotAssertion
from textual.widgets import ContentSwitcher

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui.scan import answers, files
from lnwallet_tui.ui.scan.camera import Preview
from lnwallet_tui.ui.scan.preview import Mirror
from lnwallet_tui.ui.scan.reader import MOST_BYTES
from lnwallet_tui.ui.screens.scan import ScanScreen
from tests.ui import pictures, views
from tests.ui.pictures import as_png, code, page, saved
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import LARGE, SMALL, on_stage
from tests.ui.test_snapshots import Album

ADDRESS = "bitcoin:bcrt1qpu0w9dnq22ntumunlsv9853qegknh9ewcxynjn?amount=0.001"


def said(found: answers.Codes | Refused) -> list[str]:
    assert not isinstance(found, Refused), found
    return [one.raw() for one in found]


def refused(found: answers.Codes | bytes | Refused) -> str:
    assert isinstance(found, Refused), found
    assert found.code in RefusalCode
    assert found.remedy.endswith(".")
    return found.message


# -- paths as terminals paste them
@pytest.mark.parametrize(
    ("pasted", "path"),
    [
        ("/home/u/code.png", "/home/u/code.png"),
        ("  /home/u/code.PNG \n", "/home/u/code.PNG"),
        ("'/home/u/my code.png'", "/home/u/my code.png"),
        ('"/home/u/my code.png"', "/home/u/my code.png"),
        ("'/home/u/it'\\''s.png' ", "/home/u/it's.png"),
        ("/home/u/my\\ code\\ \\(1\\).jpeg", "/home/u/my code (1).jpeg"),
        ("file:///home/u/my%20code.webp", "/home/u/my code.webp"),
        ("'file:///home/u/c.gif'", "/home/u/c.gif"),
        ("file://localhost/home/u/c.bmp\r\n", "/home/u/c.bmp"),
        ("~/c.jpg", "~/c.jpg"),
        ("c.png", "c.png"),
    ],
)
def test_a_path_is_found_in_what_was_pasted(pasted: str, path: str) -> None:
    assert files.path_in(pasted) == path
    assert files.is_image_path(pasted)


@pytest.mark.parametrize(
    "pasted",
    [
        "", "'", "lnbc1", views.INVOICE, "user@example.com", ADDRESS, "/etc/passwd", "a.png\nb",
        "https://example.com/c.png", "/c.png" + "x" * 5_000, "x" * 5_000 + ".png", "\x1b[2J.png",
    ],
)  # fmt: skip
def test_other_text_is_none(pasted: str) -> None:
    assert not files.is_image_path(pasted)


def test_only_files_are_opened_and_none_that_is_too_large(tmp_path: Path) -> None:
    assert refused(files.contents(str(tmp_path / "no.png"))).startswith(
        "The file cannot be opened: No such file"
    )
    assert refused(files.contents("\0.png")) == "The file cannot be opened: that is no path."
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("folder.png", "pipe.png"):
        message = refused(files.contents(str(tmp_path / name)))
        assert message == "This is a folder or a device, no file."
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "larger than 20 MB" in refused(files.contents(str(tmp_path / "large.png")))
    (tmp_path / "a.png").write_bytes(b"x")
    assert files.contents(f"file://{tmp_path}/a.png") == b"x"


# -- pictures
async def test_every_kind_of_image_is_read(tmp_path: Path) -> None:
    for kind in ("png", "jpg", "webp", "gif", "bmp"):
        path = saved(code(views.INVOICE), tmp_path / f"code.{kind}")
        assert said(await answers.read_image(path.read_bytes())) == [views.INVOICE]


async def test_a_code_that_is_turned_grey_inverted_or_on_nothing_is_read() -> None:
    upright = code(views.INVOICE.upper())
    black = Image.new("RGBA", upright.size, (0, 0, 0, 0))
    black.putalpha(ImageOps.invert(upright))
    for one in (upright.rotate(20, expand=True, fillcolor=255), ImageOps.invert(upright), black):
        assert said(await answers.read_image(as_png(one))) == [views.INVOICE.upper()]


async def test_of_several_codes_each_is_told_once() -> None:
    found = await answers.read_image(as_png(page(views.INVOICE, ADDRESS, views.INVOICE)))
    assert sorted(said(found)) == sorted([views.INVOICE, ADDRESS])


async def test_what_a_code_says_is_told_as_it_is() -> None:
    evil = "\x1b]52;c;eA==\x07[@click=app.quit]x[/] \u202e"
    assert said(await answers.read_image(as_png(code(evil)))) == [evil]


def bomb(wide: int, high: int) -> bytes:
    """A small PNG that says it is a large one, and would be."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    rows = zlib.compress(b"\0" * (wide // 8 + 1) * 1_000, level=1)
    head = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bomb(40_000, 40_000), "more than 40 million pixels"),
        (bomb(2_000_000, 21), "more than 40 million pixels"),
        (b"\0" * (MOST_BYTES + 1), "larger than 20 MB"),
        (b"", "no image that can be read"),
        (b"hello", "no image that can be read"),
        (as_png(pictures.code("x"))[:200], "no image that can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no image that can be read"),
        (as_png(Image.new("L", (300, 300), 255)), "no QR code in this picture"),
    ],
    ids=["bomb", "wide bomb", "large", "empty", "text", "cut off", "program", "nothing"],
)
async def test_what_cannot_be_read_is_a_sentence(data: bytes, words: str) -> None:
    assert words in refused(await answers.read_image(data))


async def test_a_reader_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_PATIENCE", 0)
    assert "its reader was stopped" in refused(await answers.read_image(as_png(code("x"))))


@pytest.mark.parametrize(
    "answer",
    [b"", b"{", b"[]", b'{"codes": 5}', b'{"codes": [1]}', b'{"problem": "x"}', b"null", b"\xff"],
)
def test_an_answer_that_makes_no_sense_is_none(answer: bytes) -> None:
    assert "reader was stopped" in refused(answers.meaning(answer))


def test_no_code_is_a_sentence_too() -> None:
    assert "no QR code" in refused(answers.meaning(b'{"codes": []}'))
    assert answers.meaning(b'{"codes": ["x"]}') == (Untrusted("x"),)


# -- the page
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_a_file_that_is_dropped_anywhere_opens_send(
    size: tuple[int, int], tmp_path: Path
) -> None:
    path = saved(code(views.INVOICE.upper()), tmp_path / "a code.png")
    node = ScriptedNode()
    async with on_stage(node, size=size) as stage:
        await stage.paste(f"'{path}'")
        await stage.patiently("2 of 3")
        assert node.told("decode") == [views.INVOICE.upper()]


async def test_a_path_in_sends_own_box_leads_there_too(tmp_path: Path) -> None:
    path = saved(code(views.INVOICE), tmp_path / "code.png")
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("4")
        await stage.paste_into("#invoice", str(path))
        await stage.patiently("2 of 3")
        assert node.told("decode") == [views.INVOICE]


async def test_by_keyboard_a_path_is_typed_and_several_codes_are_chosen_from(
    tmp_path: Path,
) -> None:
    path = saved(page(views.INVOICE, ADDRESS), tmp_path / "two.png")
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("f3")
        await stage.shows(
            "Scan a code", "d The screen", "b The clipboard", "v The camera", "e A file",
            "d Screen", "b Clipboard", "v Camera", "e File",
        )  # fmt: skip
        await stage.press("e")
        await stage.type(str(path))
        await stage.press("enter")
        await stage.patiently("2 codes were found. Choose the one that you meant")
        await stage.shows("Lightning", "Bitcoin", ADDRESS[:40])
        assert node.told("decode") == []
        await stage.press("escape")
        await stage.shows("d The screen")
        await stage.paste_into("#path", f"'{path}'")  # a file that is dropped on the field
        await stage.patiently("2 codes were found")
        await stage.click_on("Lightning")
        await stage.shows("2 of 3")
        assert node.told("decode") == [views.INVOICE]


async def test_what_codes_say_is_made_safe_in_the_list(tmp_path: Path) -> None:
    evil = "\x1b]0;x\x07[@click=app.quit]free money[/foo]"
    path = saved(page(evil, views.INVOICE), tmp_path / "two.png")
    async with on_stage(ScriptedNode()) as stage:
        await stage.paste(str(path))
        await stage.patiently("other", "free money[/foo]")
        assert "\x1b" not in stage.text


async def test_a_file_without_a_code_is_told_and_the_next_one_is_read(tmp_path: Path) -> None:
    empty = saved(Image.new("L", (90, 90), 255), tmp_path / "empty.png")
    full = saved(code(views.INVOICE), tmp_path / "full.png")
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3")
        await stage.paste(str(empty))
        await stage.patiently("✗ There is no QR code in this picture that can be read.")
        await stage.paste(str(full))
        await stage.patiently("2 of 3")


async def test_text_that_is_pasted_there_is_for_send() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3")
        await stage.paste(views.INVOICE)
        await stage.shows("2 of 3")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("d", "There is no desktop here whose screen could be looked at."),
        ("b", "There is no desktop here whose clipboard could be looked at."),
        ("v", "There is no ffmpeg here, which reads the camera. Install ffmpeg."),
    ],
)
async def test_where_there_is_nothing_to_look_with_that_is_said(
    key: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3", key)
        await stage.patiently(words)
        await stage.press("escape")
        assert stage.place == "HomeScreen"


async def test_on_wayland_the_way_around_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-nowhere")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3", "d")
        await stage.patiently("a program cannot look at the screen by itself", "drop the file here")
        await stage.press("b")
        await stage.patiently("There is no wl-paste here", "Install wl-clipboard.")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_what_it_looks_like(
    size: tuple[int, int], tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    path = saved(page(views.INVOICE, ADDRESS, "http://x"), tmp_path / "three.png")
    async with on_stage(ScriptedNode(), size=size) as stage:
        album = Album(stage, snapshot)
        await stage.press("f3")
        await album.add("scan", "everything that is shown on it now")
        await stage.paste("'/nowhere/a code.png'")
        await stage.patiently("The file cannot be opened: No such file or directory.")
        await album.add("scan-refused", "See that its path is whole and right.")
        await stage.paste(str(path))
        await stage.patiently("3 codes were found.")
        await album.add("scan-found", "Lightning", "Bitcoin", "other")
        screen = stage.app.screen
        assert isinstance(screen, ScanScreen)
        screen.query_one(ContentSwitcher).current = "looking"
        shades = bytes(x * 5 for x in range(44)) * 34
        screen.query_one(Mirror).show(Preview(44, 34, shades))
        await album.add("scan-camera", "Hold the code before the camera.")
    assert album.dim == {}
    assert album.different == []
