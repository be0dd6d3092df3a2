"""What lies on a disk after the power fails: any of what was not synced, and all of what was.

POSIX promises no more. A file's bytes last once the file was synced, its name once its folder was;
until then each call may have reached the disk or not, whatever came before or after it, and of the
one that was under way only some sectors. SQLite syncs a folder by itself after it made a log in it,
but takes no notice if that fails; nothing here rests on it.
"""

from __future__ import annotations

import enum
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.crash.calls import Call, Kind

SECTOR: Final = 512
_NAMES: Final = {Kind.CREATE, Kind.RENAME, Kind.DELETE, Kind.MAKE_FOLDER}


class Mode(enum.Enum):
    """What the disk kept of that which was not synced."""

    NONE = "nothing"
    ALL = "everything"
    SOME = "some of it"
    TORN = "some, the last write in part"


@dataclass(frozen=True, slots=True)
class Step:
    """A call, and which file it is about, whatever its name by then. `left`: how many commits had
    been reported when it was made, so that what hangs on them could have left."""

    call: Call
    file: int
    left: int


@dataclass(frozen=True, slots=True)
class Image:
    """What a disk may hold: the files, by path. `left` as in `Step`, of what came before."""

    at: int
    mode: Mode
    left: int
    files: tuple[tuple[str, bytes], ...]

    def put(self, root: Path, folder: Path) -> None:
        """Write it below `folder`, as it was below `root`."""
        for path, data in self.files:
            place = folder / Path(path).relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)


@dataclass
class Recorder:
    """Remembers all calls about what is below `root`, or only about one folder in it."""

    root: Path
    only: Path | None = None
    steps: list[Step] = field(default_factory=list)
    left: int = 0
    _names: dict[str, int] = field(default_factory=dict)
    _files: int = 0

    def __call__(self, call: Call) -> int:
        if not self._is_meant(call):
            return 0
        if call.kind is Kind.CREATE:
            self._files += 1
            self._names[call.path] = self._files
        file = self._names.get(call.path, 0)
        if call.kind is Kind.RENAME:
            self._names[call.target] = self._names.pop(call.path)
        elif call.kind is Kind.DELETE:
            self._names.pop(call.path, None)
        self.steps.append(Step(call, file, self.left))
        return 0

    def begin_with(self, folder: Path) -> None:
        """Forget everything; this folder, written by somebody else, is durable."""
        self.steps.clear()
        self._names.clear()
        self(Call(Kind.MAKE_FOLDER, str(folder)))
        self(Call(Kind.SYNC_FOLDER, str(folder.parent)))
        for path in sorted(folder.iterdir()):
            for call in (
                Call(Kind.CREATE, str(path)),
                Call(Kind.WRITE, str(path), 0, path.read_bytes()),
            ):
                self(call)
            self(Call(Kind.SYNC, str(path)))
        self(Call(Kind.SYNC_FOLDER, str(folder)))

    def _is_meant(self, call: Call) -> bool:
        meant = self.root if self.only is None else self.only
        if call.kind in (Kind.MAKE_FOLDER, Kind.SYNC_FOLDER):
            # All on the way to it matter.
            is_above = str(meant).startswith(f"{call.path}{os.sep}")
            return is_above or call.path.startswith(str(meant))
        return call.path.startswith(f"{meant}{os.sep}")

    def image_now(self, mode: Mode, seed: str) -> Image:
        """What a power cut leaves at this moment."""
        at = len(self.steps)
        return Image(at, mode, self.left, self._kept(at, mode, random.Random(seed)))

    def images(
        self,
        seed: str,
        subsets: int = 1,
        wanted: Callable[[int], bool] = lambda _: True,
    ) -> Iterator[Image]:
        """Every disk that a power cut after some call may leave, each content once for what had
        left by then; of the subsets so many at each place, from the seed."""
        seen: set[tuple[int, int]] = set()
        for at in range(len(self.steps) + 1):
            left = self.steps[at].left if at < len(self.steps) else self.left
            if not wanted(at):
                continue
            for mode in Mode:
                tries = subsets if mode in (Mode.SOME, Mode.TORN) else 1
                for number in range(tries):
                    dice = random.Random(f"{seed}/{at}/{mode.value}/{number}")
                    files = self._kept(at, mode, dice)
                    name = hash(files), left
                    if name not in seen:
                        seen.add(name)
                        yield Image(at, mode, left, files)

    def _kept(self, at: int, mode: Mode, dice: random.Random) -> tuple[tuple[str, bytes], ...]:
        platter = Platter(str(self.root))
        lasts = self._lasting(at)
        for number, step in enumerate(self.steps[:at]):
            if number in lasts or mode is Mode.ALL:
                platter.make(step)
            elif mode is Mode.TORN and number == at - 1:
                platter.make(_torn(step, dice))
            elif mode in (Mode.SOME, Mode.TORN) and dice.random() < 0.5:
                platter.make(step)
        return platter.content()

    def _lasting(self, at: int) -> set[int]:
        """The steps before `at` that a sync before it covers."""
        lasting: set[int] = set()
        files: dict[int, list[int]] = {}
        folders: dict[str, list[int]] = {}
        for number, step in enumerate(self.steps[:at]):
            call = step.call
            if call.kind in _NAMES:
                for path in {call.path, call.target or call.path}:
                    folders.setdefault(os.path.dirname(path), []).append(number)
            elif call.kind is Kind.SYNC:
                lasting.update(files.pop(step.file, ()))
            elif call.kind is Kind.SYNC_FOLDER:
                lasting.update(folders.pop(call.path, ()))
            else:
                files.setdefault(step.file, []).append(number)
        return lasting


class Platter:
    """A disk that calls are made on."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folders: set[str] = set()
        self._names: dict[str, int] = {}
        self._files: dict[int, bytearray] = {}

    def make(self, step: Step) -> None:
        """As the system would."""
        call = step.call
        match call.kind:
            case Kind.CREATE:
                self._names[call.path] = step.file
            case Kind.WRITE:
                file = self._files.setdefault(step.file, bytearray())
                file.extend(bytes(max(0, call.at - len(file))))
                file[call.at : call.at + len(call.data)] = call.data
            case Kind.TRUNCATE:
                file = self._files.setdefault(step.file, bytearray())
                file.extend(bytes(max(0, call.at - len(file))))
                del file[call.at :]
            case Kind.RENAME:
                if self._names.get(call.path) == step.file:
                    del self._names[call.path]
                self._names[call.target] = step.file
            case Kind.DELETE:
                if self._names.get(call.path) == step.file:
                    del self._names[call.path]
            case Kind.MAKE_FOLDER:
                self._folders.add(call.path)
            case Kind.SYNC | Kind.SYNC_FOLDER:
                pass

    def content(self) -> tuple[tuple[str, bytes], ...]:
        """The files that can be found by their names."""
        return tuple(
            (path, bytes(self._files.get(file, b"")))
            for path, file in sorted(self._names.items())
            if self._is_reached(path)
        )

    def _is_reached(self, path: str) -> bool:
        above = os.path.dirname(path)
        while len(above) > len(self._root):
            if above not in self._folders:
                return False
            above = os.path.dirname(above)
        return True


def _torn(step: Step, dice: random.Random) -> Step:
    """Of a write its first sectors only."""
    call = step.call
    if call.kind is not Kind.WRITE:
        return step
    first = SECTOR - call.at % SECTOR
    ends = [0, *range(first, len(call.data), SECTOR)]
    kept = call.data[: dice.choice(ends)]
    return Step(Call(call.kind, call.path, call.at, kept), step.file, step.left)
