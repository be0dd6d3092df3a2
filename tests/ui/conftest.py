"""One terminal for all tests: no colours switched off, no variable that says who draws it. What
every application of a process does anew, and always the same, is done once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.widgets import Button

from lnwallet_tui.keys import envelope
from lnwallet_tui.keys.envelope import Stretch
from tests.ui import idle
from tests.ui.first_run_stage import Home
from tests.ui.idle import SOON

_SAYS_WHO_DRAWS = (
    "VTE_VERSION",
    "KITTY_WINDOW_ID",
    "WT_SESSION",
    "KONSOLE_VERSION",
    "XTERM_VERSION",
    "TMUX",
    "TMUX_PANE",
    "STY",
    "ZELLIJ",
    "TERM_PROGRAM",
    "TERM",
    "NO_COLOR",
)


@pytest.fixture(autouse=True)
def _one_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _SAYS_WHO_DRAWS:
        monkeypatch.delenv(name, raising=False)


_IS_PRESSED = Button._start_active_affect


def _pressed(button: Button) -> None:
    button.active_effect_duration = SOON
    _IS_PRESSED(button)


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the screen is at rest is known; what comes soon for a user comes sooner here, and what
    moves is where it goes at once."""
    idle.patch(monkeypatch)
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("lnwallet_tui.ui.app._SOON", SOON)
    monkeypatch.setattr(Button, "_start_active_affect", _pressed)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Somebody's folder and keyring; Argon2id takes the least that a file may ask for."""
    monkeypatch.setattr(envelope, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))
    return Home(tmp_path)


_PARSE = Stylesheet._parse_rules
_MOST_PARSED = 1_000  # about ten themes
_parsed: dict[object, Any] = {}


@pytest.fixture(autouse=True)
def _style_sheets_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual keeps the rules that it has read for each application by itself."""

    def parse(sheet: Stylesheet, *what: Any, **more: Any) -> Any:
        asked = (what, *more.items(), *sheet._variables.items())
        if asked not in _parsed:
            if len(_parsed) == _MOST_PARSED:
                _parsed.clear()
            _parsed[asked] = _PARSE(sheet, *what, **more)
        return _parsed[asked]

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse)
    # The same in C: each widget's style is chosen among all of them.
    monkeypatch.setattr(RuleSet, "__hash__", object.__hash__)
