"""The keys at the foot of a screen.

Textual's own binds each key that it shows to its own `compact`, which never changes here. That
styles each key three times, and the footer keeps every key that it ever had: of a wallet that is
open for weeks, more and more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey


def hiding(found: Mapping[str, ActiveBinding], action: str) -> dict[str, ActiveBinding]:
    """The same bindings; the footer does not offer that action. Its key still works, to say why
    there is nothing to do."""
    return offering(found, {action: False})


def offering(
    found: Mapping[str, ActiveBinding], shown: Mapping[str, bool]
) -> dict[str, ActiveBinding]:
    """The same bindings; of these actions the footer offers only those that are to be `shown`. All
    keys work as before."""
    return {
        key: one._replace(binding=replace(one.binding, show=shown[one.binding.action]))
        if one.binding.action in shown
        else one
        for key, one in found.items()
    }


class _Shown(NamedTuple):
    """A key as `FooterKey` takes it."""

    key: str
    key_display: str
    description: str
    action: str
    disabled: bool
    tooltip: str


class _Key(FooterKey):
    compact = reactive(False)


class Keys(Footer):
    """What can be pressed now; a command with several keys is named by its first."""

    _shown: tuple[_Shown, ...] = ()

    def bindings_changed(self, screen: Screen[object]) -> None:
        """That is told many times for one key that is pressed, and Textual's footer makes all its
        keys anew each time."""
        self._bindings_ready = True
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self.call_after_refresh(self._follow)

    async def _follow(self) -> None:
        # Textual asks the screen in front what can be done, for whatever lies below it, too.
        if self.is_attached and self.app.screen is self.screen and self._to_show() != self._shown:
            await self.recompose()

    def _to_show(self) -> tuple[_Shown, ...]:
        shown: dict[str, tuple[Binding, bool, str]] = {}
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show:
                shown.setdefault(binding.action, (binding, enabled, tooltip))
        # A key that the user has set comes last there; here each command keeps its place.
        written = [one.action for one in self.screen.BINDINGS if isinstance(one, Binding)]
        places = {action: at for at, action in reversed([*enumerate(written)])}
        ordered = sorted(shown.values(), key=lambda one: places.get(one[0].action, -1))
        return tuple(
            _Shown(
                binding.key,
                self.app.get_key_display(binding),
                binding.description,
                binding.action,
                disabled=not enabled,
                tooltip=tooltip,
            )
            for binding, enabled, tooltip in ordered
        )

    def compose(self) -> ComposeResult:
        if not self._bindings_ready:
            return
        self._shown = self._to_show()
        for one in self._shown:
            yield _Key(*one)
