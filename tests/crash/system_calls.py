"""The calls that the wallet makes of the system itself, beside SQLite's: seen, then made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.crash.calls import Call, Kind, Watcher
from tests.crash.sqlite_layer import watching_sqlite


class _System:
    """`os` as it is called by Python code; what C code calls is not seen."""

    def __init__(self, watcher: Watcher, patch: pytest.MonkeyPatch) -> None:
        self._watcher = watcher
        self._paths: dict[int, str] = {}
        self._open, self._close, self._write = os.open, os.close, os.write
        self._pwrite, self._truncate = os.pwrite, os.ftruncate
        self._unlink, self._mkdir = os.unlink, os.mkdir
        patch.setattr(os, "open", self.open)
        patch.setattr(os, "close", self.close)
        patch.setattr(os, "write", self.write)
        patch.setattr(os, "pwrite", self.pwrite)
        patch.setattr(os, "ftruncate", self.ftruncate)
        patch.setattr(os, "fsync", self._syncing(os.fsync))
        patch.setattr(os, "fdatasync", self._syncing(os.fdatasync))
        patch.setattr(os, "rename", self._renaming(os.rename))
        patch.setattr(os, "replace", self._renaming(os.replace))
        patch.setattr(os, "unlink", self.unlink)
        patch.setattr(os, "mkdir", self.mkdir)

    def _tell(self, call: Call) -> None:
        if number := self._watcher(call):
            raise OSError(number, os.strerror(number))

    def open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        name = os.path.abspath(path)
        if flags & os.O_CREAT and not os.path.exists(name):
            self._tell(Call(Kind.CREATE, name))
        elif flags & os.O_TRUNC:
            self._tell(Call(Kind.TRUNCATE, name))
        descriptor = self._open(path, flags, mode, **more)
        self._paths[descriptor] = name
        return descriptor

    def close(self, descriptor: int) -> None:
        self._paths.pop(descriptor, None)
        self._close(descriptor)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        if descriptor in self._paths:
            at = os.lseek(descriptor, 0, os.SEEK_CUR)
            self._tell(Call(Kind.WRITE, self._paths[descriptor], at, bytes(data)))
        return self._write(descriptor, data)

    def pwrite(self, descriptor: int, data: bytes | memoryview, at: int) -> int:
        if descriptor in self._paths:
            self._tell(Call(Kind.WRITE, self._paths[descriptor], at, bytes(data)))
        return self._pwrite(descriptor, data, at)

    def ftruncate(self, descriptor: int, size: int) -> None:
        if descriptor in self._paths:
            self._tell(Call(Kind.TRUNCATE, self._paths[descriptor], size))
        self._truncate(descriptor, size)

    def _syncing(self, sync: Callable[[int], None]) -> Callable[[int], None]:
        def synced(descriptor: int) -> None:
            if descriptor in self._paths:
                path = self._paths[descriptor]
                is_folder = os.path.isdir(path)
                self._tell(Call(Kind.SYNC_FOLDER if is_folder else Kind.SYNC, path))
            sync(descriptor)

        return synced

    def _renaming(self, rename: Callable[..., None]) -> Callable[..., None]:
        def renamed(source: Any, target: Any, **more: Any) -> None:
            names = os.path.abspath(source), os.path.abspath(target)
            self._tell(Call(Kind.RENAME, names[0], target=names[1]))
            rename(source, target, **more)

        return renamed

    def unlink(self, path: Any, **more: Any) -> None:
        if os.path.exists(path):
            self._tell(Call(Kind.DELETE, os.path.abspath(path)))
        self._unlink(path, **more)

    def mkdir(self, path: Any, mode: int = 0o777, **more: Any) -> None:
        if not os.path.exists(path):
            self._tell(Call(Kind.MAKE_FOLDER, os.path.abspath(path)))
        self._mkdir(path, mode, **more)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Every call of this process that changes a file, or makes one last, is told to `watcher`."""
    with pytest.MonkeyPatch.context() as patch, watching_sqlite(watcher):
        _System(watcher, patch)
        yield
