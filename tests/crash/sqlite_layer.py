"""A file layer (VFS) in the very SQLite that the wallet uses: it sees each call, then passes it on.

It is the system's own layer with five of its functions replaced, told to SQLite as the default one;
so the wallet opens its database as always, and nothing of it is another than in the product. All of
it is in SQLite's documented interface (sqlite3.h: sqlite3_vfs, sqlite3_io_methods).
"""

from __future__ import annotations

import _sqlite3
import atexit
import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_int64, c_void_p, cast
from typing import Any, Final

from tests.crash.calls import Call, Kind, Watcher, sqlite_code

_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_REMOVE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_CLOSE = CFUNCTYPE(c_int, c_void_p)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_CREATES: Final = 0x00000004  # SQLITE_OPEN_CREATE


class _Vfs(ctypes.Structure):
    """struct sqlite3_vfs, version 3."""

    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", c_void_p),
        ("delete", c_void_p),
        ("others", c_void_p * 14),
    )


class _Methods(ctypes.Structure):
    """struct sqlite3_io_methods, version 3."""

    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("others", c_void_p * 13),
    )


class _Layer:
    """The one layer of this process. A file that was opened through it needs it to the end."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.sqlite3_vfs_find.restype = c_void_p
        self._system = library.sqlite3_vfs_find(None)
        system = cast(self._system, POINTER(_Vfs)).contents
        assert system.version == 3, system.version
        self._open_for_real = _OPEN(system.open)
        self._delete_for_real = _REMOVE(system.delete)
        self._callbacks: list[Any] = [_OPEN(self._open), _REMOVE(self._delete)]
        self._vfs = _Vfs.from_buffer_copy(system)
        self._vfs.next, self._vfs.name = None, b"watched"
        self._vfs.open, self._vfs.delete = (cast(one, c_void_p) for one in self._callbacks)
        self._methods: dict[int, tuple[_Methods, _Methods]] = {}  # the system's and ours
        self._files: dict[int, tuple[str, _Methods]] = {}
        self._replaced = {
            "close": _CLOSE(self._close),
            "write": _WRITE(self._write),
            "truncate": _TRUNCATE(self._truncate),
            "sync": _SYNC(self._sync),
        }
        self.watcher: Watcher | None = None
        atexit.register(self._let_go)

    def _let_go(self) -> None:
        """Python is about to end, and files are closed after that: by SQLite alone."""
        for file, (_, real) in self._files.items():
            cast(file, POINTER(c_void_p))[0] = ctypes.addressof(real)

    def be_default(self, is_default: bool) -> None:
        """Whether what is opened from now on is opened through it."""
        if is_default:
            assert self._library.sqlite3_vfs_register(byref(self._vfs), 1) == 0
        else:
            self._library.sqlite3_vfs_unregister(byref(self._vfs))
            assert self._library.sqlite3_vfs_register(c_void_p(self._system), 1) == 0

    def _told(self, call: Call) -> int:
        number = self.watcher(call) if self.watcher is not None else 0
        return sqlite_code(call.kind, number) if number else 0

    # -- in place of SQLite's own
    def _open(self, _vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        path = ctypes.string_at(name).decode() if name else ""
        is_new = bool(path) and bool(flags & _CREATES) and not os.path.exists(path)
        if is_new and (code := self._told(Call(Kind.CREATE, path))):
            cast(file, POINTER(c_void_p))[0] = None  # it is not to be closed
            return code
        code = self._open_for_real(self._system, name, file, flags, out)
        if code == 0 and path:
            self._take_over(path, file)
        return int(code)

    def _take_over(self, path: str, file: int) -> None:
        where = cast(file, POINTER(c_void_p))
        address = where[0]
        assert address is not None
        if address not in self._methods:
            real = cast(address, POINTER(_Methods)).contents
            ours = _Methods.from_buffer_copy(real)
            for name, callback in self._replaced.items():
                setattr(ours, name, cast(callback, c_void_p))
            self._methods[address] = real, ours
        real, ours = self._methods[address]
        self._files[file] = path, real
        where[0] = ctypes.addressof(ours)

    def _delete(self, _vfs: int, name: int, sync_folder: int) -> int:
        path = ctypes.string_at(name).decode()
        if os.path.exists(path):
            if code := self._told(Call(Kind.DELETE, path)):
                return code
            if sync_folder:
                self._told(Call(Kind.SYNC_FOLDER, os.path.dirname(path)))
        return int(self._delete_for_real(self._system, name, sync_folder))

    def _close(self, file: int) -> int:
        _, real = self._files.pop(file)
        return int(_CLOSE(real.close)(file))

    def _write(self, file: int, data: int, size: int, at: int) -> int:
        path, real = self._files[file]
        code = self._told(Call(Kind.WRITE, path, at, ctypes.string_at(data, size)))
        return code or int(_WRITE(real.write)(file, data, size, at))

    def _truncate(self, file: int, size: int) -> int:
        path, real = self._files[file]
        code = self._told(Call(Kind.TRUNCATE, path, size))
        return code or int(_TRUNCATE(real.truncate)(file, size))

    def _sync(self, file: int, flags: int) -> int:
        path, real = self._files[file]
        return self._told(Call(Kind.SYNC, path)) or int(_SYNC(real.sync)(file, flags))


def _find() -> tuple[_Layer | None, str]:
    try:
        library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
        return _Layer(library), ""
    except (OSError, AttributeError) as error:
        return None, f"this Python does not show its SQLite's functions: {error}"


_LAYER, WHY_NOT = _find()
"""Why SQLite cannot be watched here; empty where it can."""


@contextmanager
def watching_sqlite(watcher: Watcher) -> Iterator[None]:
    """Databases that are opened meanwhile are watched, as long as this lasts."""
    assert _LAYER is not None, WHY_NOT
    assert _LAYER.watcher is None
    _LAYER.be_default(True)
    _LAYER.watcher = watcher
    try:
        yield
    finally:
        _LAYER.watcher = None
        _LAYER.be_default(False)
