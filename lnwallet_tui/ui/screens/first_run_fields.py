"""Fields for what nobody else may see: nothing typed into them gets to the clipboard."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget

from lnwallet_tui.api.custody import CustodyApi, Hidden
from lnwallet_tui.ui.widgets.forms import Field

LONGEST = 12
"""Characters of a field for a word; the list's longest has eight."""


class SecretField(Field):
    """A line of typing that is not copied."""

    @property
    def hidden(self) -> Hidden:
        """What was typed."""
        return Hidden(self.value)

    def wipe(self) -> None:
        """Hold nothing."""
        self.value = ""

    def action_copy(self) -> None:
        """Not out of here."""
        self.notify("What is secret is not copied.", timeout=3, markup=False)

    def action_cut(self) -> None:
        """Neither."""
        self.action_copy()


class PassphraseField(SecretField):
    """What is typed is not seen, either."""

    def __init__(self, *, id: str, behind: str = "") -> None:  # noqa: A002  # Textual's word
        """`behind` is the id of the field to which enter leads; without one it submits."""
        super().__init__(id=id, password=True)
        self._behind = behind

    async def action_submit(self) -> None:
        """Enter."""
        if self._behind:
            self.screen.set_focus(self.screen.query_one(f"#{self._behind}"))
        else:
            await super().action_submit()


class WordField(SecretField):
    """One word of the list. The list completes it; space goes on to the next."""

    class Pasted(Message):
        """Several words at once, to be given to this field and those behind it."""

        def __init__(self, field: WordField, words: tuple[Hidden, ...]) -> None:
            super().__init__()
            self.field, self.words = field, words

    def __init__(
        self,
        custody: CustodyApi,
        number: int,
        behind: Callable[[WordField], Widget],
        ends: Callable[[WordField], bool] = lambda _: False,
    ) -> None:
        """`behind` is where space and enter lead to; `ends` says whether enter did something else
        instead."""
        super().__init__(
            id=f"word-{number}",
            max_length=LONGEST,
            suggester=_FromTheList(custody),
            select_on_focus=False,
        )
        self.number = number
        self._custody, self._behind, self._ends = custody, behind, ends

    def complete(self) -> None:
        """The only word of the list that begins so, where there is just one."""
        found = self._custody.completions(self.hidden)
        if len(found) == 1:
            self.value = found[0].reveal()

    def _go_on(self) -> None:
        self.complete()
        self.screen.set_focus(self._behind(self))

    async def action_submit(self) -> None:
        """Enter."""
        if not self._ends(self):
            self._go_on()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Space is no text here: what is typed behind it waits until it has led on."""
        return key != "space" and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "space":
            event.prevent_default()
            event.stop()
            self._go_on()
        else:
            await super()._on_key(event)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        words = tuple(map(Hidden, _words_in(event.text)))
        self.post_message(self.Pasted(self, words))


def _words_in(pasted: str) -> list[str]:
    """Letters only: a list may have been numbered."""
    only_letters = "".join(char if char.isalpha() else " " for char in pasted)
    return [word[:LONGEST].lower() for word in only_letters.split()][:24]


class _FromTheList(Suggester):
    """Remembers nothing of what it was asked."""

    def __init__(self, custody: CustodyApi) -> None:
        super().__init__(use_cache=False)
        self._custody = custody

    async def get_suggestion(self, value: str) -> str | None:
        found = self._custody.completions(Hidden(value))
        return found[0].reveal() if found else None
