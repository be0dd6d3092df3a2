"""The floors of the house and the purity line, as contracts of import-linter."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def imported_by(module: str) -> set[str]:
    """Everything in `sys.modules` after importing `module` in a fresh interpreter.

    The static graph cannot see what an import pulls in at run time; this can.
    """
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_node_loads_neither_screen_nor_consensus_engine() -> None:
    loaded = imported_by("lnwallet_tui.node.node")
    assert not loaded & {"textual", "rich", "pbk", "lnwallet_tui.ui", "lnwallet_tui.playground"}


def test_the_screen_loads_neither_node_nor_keys() -> None:
    loaded = imported_by("lnwallet_tui.ui.app")
    forbidden = {"node", "keys", "store", "net", "channel", "peer", "wire", "onchain", "payment"}
    assert not loaded & {f"lnwallet_tui.{room}" for room in forbidden}


def test_the_screen_loads_nothing_that_opens_pictures() -> None:
    """They take long to load, and what opens pictures of others does so in another process."""
    assert not imported_by("lnwallet_tui.ui.app") & {"PIL", "zxingcpp", "mss", "qrcode"}


def test_the_pure_rooms_load_no_dice_of_their_own() -> None:
    loaded = imported_by("lnwallet_tui.channel.step")
    assert not loaded & {"sqlite3", "asyncio", "keyring", "textual"}
