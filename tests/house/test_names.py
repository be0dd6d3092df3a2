"""Names that say nothing, files that want to be two, paths and hosts that must not be committed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "lnwallet_tui"
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
TOP_LEVEL = {
    "pyproject.toml",
    "lnwallet_tui",
    "themes",
    "tests",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
}


def tracked() -> list[Path]:
    """The files that git tracks."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("only git knows what is committed, and there is none or this is no checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_name_that_says_nothing() -> None:
    assert [path for path in tracked() if path.stem in SAYS_NOTHING] == []


def test_no_file_of_the_package_is_longer_than_400_lines() -> None:
    long = {
        path.name: lines
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_the_top_level_holds_few_things_and_dot_files() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_no_path_of_a_machine_and_no_registry_host_is_committed() -> None:
    machine = re.compile(r"(?<![\w.])/(?:work|root)/|registry\.npm|pypi\.org|deb\.debian")
    this_file = Path(__file__)
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path != this_file
        and path.suffix in {".py", ".md", ".toml", ".json", ".mjs", ".sh", ".tcss", ""}
        and path.is_file()
        and machine.search(path.read_text(errors="replace"))
    ]
    assert found == []
