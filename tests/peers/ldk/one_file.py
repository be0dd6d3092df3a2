"""LDK's JavaScript in one module.

It comes as 740 modules, and to find and link those is most of what the start of an LDK node takes.
Each of them imports others, or names of `bindings.mjs`, and exports classes: they are written one
after the other, without where they find each other.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

NAME: Final = "one.mjs"
_BASE: Final = "structs/CommonBase.mjs"  # what the other classes extend
_LISTED: Final = re.compile(r"^export \* from '\./(.+)';$", re.MULTILINE)
_FOUND: Final = re.compile(r"^(import .*|export \* from .*|//# sourceMappingURL=.*)$", re.MULTILINE)
_HEAD: Final = """\
import * as bindings from './bindings.mjs';
import { initializeWasmFetch, initializeWasmFromUint8Array } from './bindings.mjs';
"""


def make(package: Path) -> None:
    """Write it beside the index of LDK's package, unless it is there."""
    one = package / NAME
    if one.exists():
        return
    index = (package / "index.mjs").read_text()
    rest = [name for name in _LISTED.findall(index) if name != _BASE]
    modules = [index, *((package / name).read_text() for name in (_BASE, *rest))]
    text = "\n".join(_FOUND.sub("", module) for module in modules)
    beside = one.with_suffix(f".{os.getpid()}")  # others may be making it
    beside.write_text(_HEAD + text.replace('from "../bindings.mjs"', "from './bindings.mjs'"))
    beside.replace(one)
