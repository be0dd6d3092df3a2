"""Scan: a code from the screen, the clipboard, a camera or a file opens Send."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher
from textual.worker import Worker

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui import commands
from lnwallet_tui.ui.messages import Answered, ScanThis, SendThis
from lnwallet_tui.ui.scan import answers, camera, files, preview, programs, words
from lnwallet_tui.ui.scan.answers import Codes
from lnwallet_tui.ui.scan.camera import Frame, Source
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import MOST_PASTED, Field, Listing
from lnwallet_tui.ui.widgets.words import RefusalBox, Words

_LONGEST_PATH = 4_000


class PathField(Field):
    """A file that is dropped on it is looked into at once."""

    def _on_paste(self, event: events.Paste) -> None:
        if files.is_image_path(event.text):
            event.prevent_default()
            event.stop()
            self.post_message(ScanThis(event.text))
        else:
            super()._on_paste(event)


class ScanScreen(WalletScreen):
    """Where to look, then what the camera sees or which codes were found."""

    place = "scan"
    mode = ""
    drafts = ("path",)
    about = (
        "A code is read from a picture: of the whole screen, on the clipboard, before a camera, or "
        "in a file. A file is dropped on this window, on any page, or its path is typed; images of "
        "up to 20 MB are opened, in a process of their own. Where several codes are found you "
        "choose. A code opens Send, which says to whom it would pay and how much; nothing is paid "
        "before that."
    )
    CSS_PATH = "scan.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("scan")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._is_there = False
        self._dropped = ""  # before there was a page to show it on
        self._busy = False
        self._codes: Codes = ()
        self._watching: Worker[None] | None = None

    def body(self) -> ComposeResult:
        with Vertical(classes="page"):
            yield Words("Scan a code", classes="title")
            with ContentSwitcher(initial="choose"):
                with Vertical(id="choose"):
                    yield Listing(id="sources")
                    with Horizontal(classes="row"):
                        yield Words("File", classes="label")
                        yield PathField(
                            id="path", placeholder="the path of an image", max_length=_LONGEST_PATH
                        )
                    yield Words(id="busy")
                    yield RefusalBox(id="refused")
                with Vertical(id="looking"):
                    yield preview.Mirror(id="mirror")
                    yield Words(
                        "Hold the code before the camera. {everywhere.back} stops it.",
                        classes="hint",
                    )
                with Vertical(id="found"):
                    yield Words(id="heading")
                    yield Listing(id="codes")

    def on_mount(self) -> None:
        super().on_mount()
        sources = self.query_one("#sources", Listing)
        sources.show(words.source_rows())
        sources.focus()
        self._is_there = True
        if self._dropped:
            self.take(self._dropped)

    # -- where to look
    def take(self, path: str) -> None:
        """Look into this file."""
        if not self._is_there:
            self._dropped = path
            return
        self._stop_watching()
        self._to("choose")
        self.query_one("#path", Field).value = files.path_in(path)[:_LONGEST_PATH]
        self._read("Opening the image…", _in_file(path))

    def on_paste(self, event: events.Paste) -> None:
        """A file that is dropped here; anything else is for Send, as everywhere."""
        if files.is_image_path(event.text):
            event.stop()
            self.take(event.text)

    def on_scan_this(self, message: ScanThis) -> None:
        message.stop()
        self.take(message.text)

    def on_input_submitted(self, event: Field.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._read("Opening the image…", _in_file(event.value))

    def on_option_list_option_selected(self, event: Listing.OptionSelected) -> None:
        event.stop()
        if event.option_list.id == "codes":
            self._send(self._codes[event.option_index])
        else:
            getattr(self, f"action_{event.option_id}")()

    def action_screen(self) -> None:
        """Look at the whole screen."""
        self._read("Looking at the screen…", programs.read_screen())

    def action_clipboard(self) -> None:
        """Look at the clipboard's image."""
        self._read("Looking at the clipboard…", programs.read_clipboard())

    def action_file(self) -> None:
        """Type a path."""
        self._stop_watching()
        self._to("choose")
        self.query_one("#path").focus()

    def _read(self, busy: str, reading: Coroutine[object, object, Codes | Refused]) -> None:
        """One at a time."""
        if self._busy:
            reading.close()
            return
        self._stop_watching()
        self._to("choose")
        self._busy = True
        self.query_one("#refused", RefusalBox).clear()
        self.query_one("#busy", Words).say(busy)
        self.ask("codes", reading, self._were_read)

    def _were_read(self, codes: Codes | Refused) -> None:
        self._busy = False
        self.query_one("#busy", Words).say("")
        if isinstance(codes, Refused):
            self.query_one("#refused", RefusalBox).show(codes)
        elif len(codes) == 1:
            self._send(codes[0])
        else:
            self._codes = codes
            self.query_one("#heading", Words).say(words.heading(codes))
            self.query_one("#codes", Listing).show(words.found_rows(codes))
            self._to("found")
            self.query_one("#codes").focus()

    def _send(self, code: Untrusted) -> None:
        self.forget_drafts()
        self.app.post_message(SendThis(code.cells(MOST_PASTED)))

    # -- the camera
    def action_camera(self) -> None:
        """Look through the camera."""
        if not self._busy and self._watching is None:
            self._busy = True
            self.query_one("#refused", RefusalBox).clear()
            self.ask("camera", asyncio.to_thread(camera.find), self._watch)

    def _watch(self, source: Source | Refused) -> None:
        self._busy = False
        if isinstance(source, Refused):
            self._to("choose")
            self.query_one("#refused", RefusalBox).show(source)
            return
        self._to("looking")
        self._watching = self.run_worker(self._frames(source), group="camera")

    async def _frames(self, source: Source) -> None:
        async with aclosing(camera.look(source, preview.WIDE, preview.HIGH)) as frames:
            async for frame in frames:
                self.post_message(Answered(partial(self._seen, frame)))
        self.post_message(Answered(self._ended))

    def _seen(self, frame: Frame | Refused) -> None:
        if self._watching is None:
            return  # it was looked at when it was already over
        if isinstance(frame, Refused):
            self._stop_watching()
            self._were_read(frame)
        elif frame.codes:
            self._stop_watching()
            self._were_read(frame.codes)
        else:
            self.query_one(preview.Mirror).show(frame.preview)

    def _ended(self) -> None:
        if self._watching is not None:
            self._stop_watching()
            self._were_read(camera.ENDED)

    def on_screen_suspend(self) -> None:
        """Nobody sees what the camera sees."""
        self._stop_watching()

    def _stop_watching(self) -> None:
        worker, self._watching = self._watching, None
        if worker is not None:
            worker.cancel()
            self._to("choose")

    # -- going back
    def _to(self, page: str) -> None:
        self.query_one(ContentSwitcher).current = page
        if page == "choose":
            self.query_one("#sources").focus()

    def action_back(self) -> None:
        """From the camera and from what was found to the choice; from there to where one was."""
        if self.query_one(ContentSwitcher).current == "choose":
            super().action_back()
        else:
            self._stop_watching()
            self._to("choose")


async def _in_file(text: str) -> Codes | Refused:
    data = await asyncio.to_thread(files.contents, text)
    return data if isinstance(data, Refused) else await answers.read_image(data)
