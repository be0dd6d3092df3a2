"""The keys at the foot of a screen.

Textual's own binds each key that it shows to its own `compact`, which never changes here. That
styles each key three times, and the footer keeps every key that it ever had: of a wallet that is
open for weeks, more and more.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.reactive import reactive
from textual.widgets import Footer
from textual.widgets._footer import FooterKey


class _Key(FooterKey):
    compact = reactive(False)


class Keys(Footer):
    """What can be pressed now; a command with several keys is named by its first."""

    def compose(self) -> ComposeResult:
        if not self._bindings_ready:
            return
        shown: dict[str, tuple[Binding, bool, str]] = {}
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show:
                shown.setdefault(binding.action, (binding, enabled, tooltip))
        for binding, enabled, tooltip in shown.values():
            yield _Key(
                binding.key,
                self.app.get_key_display(binding),
                binding.description,
                binding.action,
                disabled=not enabled,
                tooltip=tooltip,
            )
