"""The log on disk: written by a thread of its own, so that the node never waits for it.

What the disk does not take is lost for the file only; the node says by itself that a disk is full.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from lnwallet_tui.api.logs import LogLevel, LogLine, written
from lnwallet_tui.node.logbook import Logbook

NAME: Final = "node.log"
_MOST_BYTES, _OLDER_FILES = 1_000_000, 3
_LEVELS: Final = {
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}


class LogFile:
    """Follows a log into `folder`, until it is closed."""

    def __init__(self, logbook: Logbook, folder: Path) -> None:
        with suppress(OSError):  # then no file is made either, and nothing else stops
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._logbook = logbook
        self._file = _OwnersFile(folder / NAME)
        queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
        self._enqueue = QueueHandler(queue).enqueue
        self._listener = QueueListener(queue, self._file)
        self._listener.start()
        logbook.follow(self._put)

    def close(self) -> None:
        """Everything so far is in the file."""
        self._logbook.unfollow(self._put)
        self._listener.stop()
        self._file.close()

    def _put(self, line: LogLine) -> None:
        self._enqueue(
            logging.LogRecord(line.area, _LEVELS[line.level], "", 0, written(line), None, None)
        )


@contextmanager
def kept(logbook: Logbook, folder: Path) -> Iterator[None]:
    """The log is written to `folder`, and has also what the libraries that we use say."""
    file, others = LogFile(logbook, folder), _FromOthers(logbook)
    root = logging.getLogger()
    root.addHandler(others)
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.removeHandler(others)
        file.close()


class _FromOthers(logging.Handler):
    """What Python and its packages log; else it would be written over the screen."""

    def __init__(self, logbook: Logbook) -> None:
        super().__init__(logging.WARNING)
        self._logbook = logbook

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        try:
            area, text = record.name.partition(".")[0], record.getMessage()
        except Exception:  # a message that cannot even be made is not worth a line over the screen
            return
        if record.levelno >= logging.ERROR:
            self._logbook.error(area, text, error)
        else:
            self._logbook.warning(area, text)


class _OwnersFile(RotatingFileHandler):
    """Only its owner may read it; a disk that does not take a line is no reason to say so on the
    terminal."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=_MOST_BYTES, backupCount=_OLDER_FILES, encoding="utf-8", delay=True
        )

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self.baseFilename, flags, 0o600)
        return open(descriptor, "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the library's
        """Lost."""
