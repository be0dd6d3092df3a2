"""Every disk that a power cut may leave is put into a folder, opened, and looked into."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.platter import Image, Recorder
from tests.crash.system_calls import watching
from tests.crash.things import FOLDER, Thing


@dataclass
class Tally:
    """What came of the images. `lost`: something is not in it that could have been sent or shown;
    `corrupt`: it cannot be read, or is nothing that was ever written."""

    opened: int = 0
    lost: list[str] = field(default_factory=list)
    corrupt: list[str] = field(default_factory=list)

    @property
    def passed(self) -> int:
        """How many were as they must be."""
        return self.opened - len(self.lost) - len(self.corrupt)

    def add(self, other: Tally) -> None:
        """Count the other's, too."""
        self.opened += other.opened
        self.lost += other.lost
        self.corrupt += other.corrupt

    def look(self, thing: Thing, image: Image, folder: Path) -> None:
        """Open one. What is left of it is thrown away."""
        self.opened += 1
        where = f"{thing.name}: {image.mode.value} kept, after call {image.at}"
        try:
            found = thing.found(folder / FOLDER)
            if found < image.left:
                self.lost.append(f"{where}: {found} of {image.left}")
        except Exception as error:
            self.corrupt.append(f"{where}: {error!r}")


def recorded(thing: Thing, folder: Path) -> Recorder:
    """Its life, call by call."""
    root = folder / "recorded"
    root.mkdir(parents=True)
    recorder = Recorder(root)
    with watching(recorder):
        thing.live(root / FOLDER, recorder)
    return recorder


def survey(
    thing: Thing,
    recorder: Recorder,
    folder: Path,
    *,
    subsets: int = 1,
    wanted: Callable[[int], bool] = lambda _: True,
) -> Tally:
    """Open every image of it, or those that are wanted."""
    tally, place = Tally(), folder / "image"
    for image in recorder.images(thing.name, subsets, wanted):
        place.mkdir()
        image.put(recorder.root, place)
        tally.look(thing, image, place)
        shutil.rmtree(place)
    return tally
