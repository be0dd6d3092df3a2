"""Each of the six packages the product was asked to stand on is imported by code that runs."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "lnwallet_tui"
GIVEN = ("textual", "rich", "coincurve", "qrcode", "bech32", "keyring")


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


@pytest.mark.parametrize("package", GIVEN)
def test_given_package_is_imported(package: str) -> None:
    assert package in imported_packages()
