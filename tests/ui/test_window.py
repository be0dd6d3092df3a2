"""A window that is closed under the program."""

from __future__ import annotations

import errno
import io

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from lnwallet_tui.ui.window import Window


class Shut(io.StringIO):
    """Takes so many words, and then none."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.asked = most, 0

    def write(self, text: str) -> int:
        self.asked += 1
        if self.asked > self.most:
            raise OSError(errno.EIO, "the window is gone")
        return super().write(text)


def test_what_is_drawn_for_a_window_that_is_gone_holds_nobody_up() -> None:
    file = Shut(3)
    writer = WriterThread(Window(file))  # type: ignore[arg-type]  # as much of a file as it needs
    writer.start()
    for _ in range(3 * MAX_QUEUED_WRITES):
        writer.write("x")
    writer.stop()
    assert not writer.is_alive()
    assert (file.getvalue(), file.asked) == ("xxx", 4)
