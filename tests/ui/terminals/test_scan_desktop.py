"""Scan on a real desktop: a code in another program's window, on the clipboard, before a camera."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui.scan import camera
from lnwallet_tui.ui.scan.camera import Source
from tests.keys.secret_service import Desktop
from tests.ui import views
from tests.ui.pictures import code, saved
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import on_stage
from tests.ui.terminals.conftest import need
from tests.ui.terminals.display import Display
from tests.ui.terminals.emulators import VTE, opened
from tests.ui.terminals.portal import serving
from tests.ui.terminals.test_receive import read_in

WIDE, HIGH = 44, 34


@pytest.fixture
def desktop(screen: Display, monkeypatch: pytest.MonkeyPatch) -> Display:
    """The wallet runs on it."""
    monkeypatch.setenv("DISPLAY", screen.name)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return screen


async def test_a_code_in_another_window_is_paid_from_the_screen(
    desktop: Display, folder: Path
) -> None:
    need(*VTE.programs)
    node = ScriptedNode()
    with opened(VTE, desktop, folder) as window:
        [invoice] = await asyncio.to_thread(read_in, window, desktop)
        async with on_stage(node) as stage:
            await stage.press("f3", "d")
            await stage.patiently("2 of 3")
    assert node.told("decode") == [invoice]


async def test_a_screen_without_a_code_is_told(desktop: Display) -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3", "d")
        await stage.patiently("There is no QR code in this picture that can be read.")


@contextmanager
def copied(path: Path) -> Iterator[None]:
    """Somebody has copied that picture, and it can be had."""
    line = ["xclip", "-selection", "clipboard", "-target", "image/png"]
    with subprocess.Popen([*line, "-quiet", str(path)], stderr=subprocess.DEVNULL) as owner:
        try:
            while subprocess.run([*line, "-out"], capture_output=True, check=False).returncode:
                assert owner.poll() is None
                time.sleep(0.05)
            yield
        finally:
            owner.terminate()


async def test_a_picture_is_read_from_the_clipboard(desktop: Display, folder: Path) -> None:
    need("xclip")
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("f3", "b")
        await stage.patiently("There is no image on the clipboard. Copy the picture of a code")
        with copied(saved(code(views.INVOICE), folder / "code.png")):
            await stage.press("b")
            await stage.patiently("2 of 3")
    assert node.told("decode") == [views.INVOICE]


# -- a camera: none is here, so ffmpeg reads a video through the same line
@pytest.fixture
def video(folder: Path) -> Source:
    """A noisy room, into which somebody holds a code after a second."""
    need("ffmpeg")
    picture = saved(code(views.INVOICE, module=5), folder / "code.png")
    path = folder / "room.mkv"
    graph = "[0][1]overlay=120:40:enable='gte(t,1)',noise=alls=12:allf=t"
    line = [
        "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i",
        "color=gray:size=640x480:rate=10:duration=3", "-i", str(picture),
        "-filter_complex", graph, "-c:v", "mjpeg", "-q:v", "4", str(path),
    ]  # fmt: skip
    subprocess.run(line, check=True)
    return Source("matroska", str(path), ("-re",))


async def test_frames_come_with_what_was_seen_and_with_a_preview(video: Source) -> None:
    frames = []
    async with aclosing(camera.look(video, WIDE, HIGH)) as looking:
        async for frame in looking:
            assert not isinstance(frame, Refused)
            frames.append(frame)
            if frame.codes:
                break
    assert len(frames) > 3
    assert [one.raw() for one in frames[-1].codes] == [views.INVOICE]
    assert all(len(one.preview.pixels) == WIDE * HIGH for one in frames)
    assert len(set(frames[-1].preview.pixels)) > 2


async def test_who_holds_a_code_up_sees_it_and_pays(
    video: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera, "find", lambda: video)
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("f3", "v")
        await stage.patiently("Hold the code before the camera.", "▄▄▄▄▄▄▄▄")
        await stage.press("escape")
        await stage.shows("d The screen")
        await stage.press("v")
        await stage.patiently("2 of 3")
    assert node.told("decode") == [views.INVOICE]


@pytest.mark.parametrize("keys", ["f1", "2", "ctrl+p"])
async def test_the_camera_is_off_when_its_page_is_not_in_front(
    keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("ffmpeg")
    empty = Source("lavfi", "color=gray:size=640x480:rate=11", ("-re",))  # without end
    monkeypatch.setattr(camera, "find", lambda: empty)
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3", "v")
        await stage.patiently("Hold the code before the camera.", "▄▄▄▄▄▄▄▄")
        assert is_read(empty)
        await stage.press(keys)
        while is_read(empty):
            await stage.pilot.pause(0.05)


def is_read(source: Source) -> bool:
    """Whether any process has it in its line."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            if source.name.encode() in line.read_bytes():
                return True
    return False


@pytest.mark.parametrize("kind", ["matroska", "no such kind"])
async def test_a_camera_that_gives_nothing_is_told(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("ffmpeg")
    monkeypatch.setattr(camera, "find", lambda: Source(kind, "/nowhere"))
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3", "v")
        await stage.patiently("The camera gives no picture. See that no other program uses it.")


async def test_a_camera_that_is_pulled_out_is_told(
    video: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = Source(video.kind, video.name, ("-t", "0.5"))
    monkeypatch.setattr(camera, "find", lambda: cut)
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3", "v")
        await stage.patiently("The camera gives no more pictures.")


# -- where a program sees only itself, and the desktop is asked
@pytest.fixture
def bus(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A session of Wayland with a bus of its own, and nothing else that takes pictures."""
    need("dbus-daemon")
    session = Desktop(folder)
    session.start_bus()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.address)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")
    monkeypatch.setenv("PATH", str(folder))
    yield session.address
    session.log_out()


async def test_the_desktops_picture_is_read_and_removed(bus: str, folder: Path) -> None:
    picture = saved(code(views.INVOICE), folder / "a picture.png")
    node = ScriptedNode()
    with serving(bus, picture):
        async with on_stage(node) as stage:
            await stage.press("f3", "d")
            await stage.patiently("2 of 3")
    assert node.told("decode") == [views.INVOICE]
    assert not picture.exists()


async def test_a_picture_that_the_user_does_not_give_is_not_insisted_on(bus: str) -> None:
    with serving(bus, None):
        async with on_stage(ScriptedNode()) as stage:
            await stage.press("f3", "d")
            await stage.patiently("The desktop gave no picture of the screen.", "drop the file")


async def test_a_desktop_without_a_portal_is_told(bus: str) -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f3", "d")
        await stage.patiently("a program cannot look at the screen by itself, and nothing here")
