"""The code as drawn: the right cells in every mode, and read from the screen by somebody else."""

from __future__ import annotations

import unicodedata

import pytest

from lnwallet_tui.ui.widgets.qr import (
    INK,
    PAPER,
    QUIET_ZONES,
    Mode,
    QrCode,
    draw,
    fit,
    matrix_of,
    sextant,
    size,
    with_quiet_zone,
)
from tests.ui import views
from tests.ui.camera import buffer, photograph
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage

_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
LONG = ("lnbcrt250u1p" + _CHARACTERS * 11)[:353]  # with a note and a route hint
TOO_LONG = "lnbcrt250u1p" + _CHARACTERS * 16


@pytest.mark.parametrize("bits", range(1, 63))
def test_a_sextant_has_the_parts_that_its_name_says(bits: int) -> None:
    filled = {part + 1 for part in range(6) if bits & 1 << part}
    name = unicodedata.name(sextant(bits))
    if filled == {1, 3, 5}:
        assert name == "LEFT HALF BLOCK"
    elif filled == {2, 4, 6}:
        assert name == "RIGHT HALF BLOCK"
    else:
        assert name == "BLOCK SEXTANT-" + "".join(map(str, sorted(filled)))


def test_the_modes_go_around() -> None:
    assert [mode.next() for mode in Mode] == [Mode.HALF, Mode.FULL, Mode.FINE]
    assert len({mode.title for mode in Mode}) == 3


@pytest.mark.parametrize("mode", Mode)
def test_the_drawing_is_as_large_as_it_says(mode: Mode) -> None:
    framed = with_quiet_zone(matrix_of(views.INVOICE), 4)
    lines = draw(framed, mode).plain.split("\n")
    assert (len(lines[0]), len(lines)) == size(framed, mode)
    assert {len(line) for line in lines} == {len(lines[0])}


def test_a_cell_of_one_colour_is_background() -> None:
    for mode in Mode:
        drawn = draw(with_quiet_zone(matrix_of("X"), 2), mode)
        assert "█" not in drawn.plain
        assert {str(span.style) for span in drawn.spans} <= {
            f"{INK} on {PAPER}",
            f"{PAPER} on {INK}",
        }


def test_the_widest_quiet_zone_that_fits_is_taken() -> None:
    matrix = matrix_of(views.INVOICE)
    for quiet in QUIET_ZONES:
        columns, rows = size(with_quiet_zone(matrix, quiet), Mode.FINE)
        fitted = fit(matrix, Mode.FINE, columns, rows)
        assert fitted is not None
        assert len(fitted) >= len(matrix) + 2 * quiet
    assert fit(matrix, Mode.FINE, columns - 1, rows) is None
    assert fit(matrix, Mode.FINE, columns, rows - 1) is None


def test_upper_case_makes_it_smaller_and_says_the_same() -> None:
    assert matrix_of(views.INVOICE) == matrix_of(views.INVOICE.upper())
    assert len(matrix_of(LONG)) == 57


@pytest.mark.parametrize("size_", [SMALL, LARGE], ids=str)
@pytest.mark.parametrize("invoice", [views.INVOICE, LONG], ids=["usual", "long"])
async def test_an_invoice_of_any_length_gets_a_code(
    invoice: str, size_: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the playground there is a line less; the code still fits into 80 by 24."""
    monkeypatch.setattr(views, "INVOICE", invoice)
    async with on_stage(ScriptedNode(), ScriptedWorld(), size_) as stage:
        await stage.press("3", "tab", "enter")
        code = stage.app.screen.query_one(QrCode)
        assert not code.has_class("-too-small")
        assert stage.app.screen.region.contains_region(code.region)
        assert _read(stage) == [invoice]


async def test_every_drawing_is_read_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_stage(ScriptedNode(), size=(160, 70)) as stage:
        await stage.press("3", "tab", "enter")
        for title in ("whole cells", "fine", "half blocks"):
            assert _read(stage) == [views.INVOICE]
            await stage.press("m")
            await stage.shows(f"Drawn in {title} from now on.")


async def test_it_is_read_where_colours_are_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "tab", "enter")
        assert _read(stage) == [views.INVOICE]


async def test_a_bitcoin_address_is_read() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "ctrl+o")
        await stage.shows("A Bitcoin address of yours")
        assert _read(stage)[0].startswith("bcrt1p")


async def test_a_code_that_does_not_fit_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "INVOICE", TOO_LONG)
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "tab", "enter")
        await stage.shows(
            "Drawn in half blocks this code needs", "Press o to open it as an image",
            "enlarge the window, or press y to",
        )  # fmt: skip
        await stage.lacks("draw it finer")
        await stage.press("m", "m")
        await stage.shows("Drawn in fine this code needs", "or press y to")


async def test_a_guess_says_so_and_a_larger_window_needs_none() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "tab", "enter")
        code = stage.app.screen.query_one(QrCode)
        assert code.is_guess
        await stage.says("#another-way", "It fits only in characters that this terminal may not")
        await stage.pilot.resize_terminal(*LARGE)
        await stage.says("#another-way", "If it does not scan: m draws it in another way, o opens")
        assert (code.mode, code.is_guess) == (Mode.HALF, False)
        assert _read(stage) == [views.INVOICE]
        await stage.pilot.resize_terminal(*SMALL)
        await stage.says("#another-way", "may not have")
        assert _read(stage) == [views.INVOICE]


@pytest.mark.parametrize(
    "environment",
    [{"XTERM_VERSION": "XTerm(379)"}, {"TERM": "linux"}, {"TERM_PROGRAM": "Apple_Terminal"}],
    ids=str,
)
async def test_where_a_square_would_be_empty_there_is_a_sentence(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "tab", "enter")
        await stage.shows("Drawn in half blocks this code needs", "Press o to open it as an image")
        await stage.shows("press m to draw it", "finer (then check that it scans)")
        await stage.press("m", "m")
        assert _read(stage) == [views.INVOICE]


@pytest.mark.parametrize("theme", ["paper", "night"])
async def test_it_is_black_on_white_in_every_theme(theme: str) -> None:
    async with on_stage(ScriptedNode()) as stage:
        stage.app.theme = theme
        await stage.press("3", "tab", "enter")
        code = stage.app.screen.query_one(QrCode)
        strips = [code.render_line(y) for y in range(code.size.height)]
        styles = {style for strip in strips for _, style, _ in strip if style is not None}
        colours = {(style.color.name, style.bgcolor.name) for style in styles
                   if style.color is not None and style.bgcolor is not None}  # fmt: skip
        assert colours == {(INK, PAPER), (PAPER, INK)}
        assert not any(style.dim or style.reverse for style in styles)
        assert _read(stage) == [views.INVOICE]


def _read(stage: Stage) -> list[str]:
    """What a reader by other people finds on the screen."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    return [one.text.lower() for one in zxingcpp.read_barcodes(buffer(photograph(stage)))]
