"""Each of the six packages that the product stands on is imported by code that runs; of each
package that it needs, the house's page says why."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "lnwallet_tui"
CHECKERS = re.compile(r"hypothesis|import-linter|mypy|pytest.*|ruff")
"""That look at what we wrote; what they are for is known."""
STOOD_ON = ("textual", "rich", "coincurve", "qrcode", "bech32", "keyring")


def imported_packages() -> set[str]:
    """The top-level names that any module of the package imports, also inside functions."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", STOOD_ON)
def test_what_the_product_stands_on_is_imported(package: str) -> None:
    assert package in imported_packages()


def test_the_page_of_the_house_says_what_each_package_is_for() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    asked_for = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        asked_for += extra
    names = {re.split(r"[^A-Za-z0-9_-]", one)[0] for one in asked_for}
    _, _, table = (PACKAGE / "ARCHITECTURE.md").read_text().partition("| package | why |")
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(.+?)`", row[1])}
    assert {one for one in names if not CHECKERS.fullmatch(one)} <= told
