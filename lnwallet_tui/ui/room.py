"""A window that is too small for a page: what is not seen hears no key, and nothing of it is lost.

Whatever has a new size is laid out a moment later. A key may come before that, and means what it
means in the window that the user has by then.
"""

from __future__ import annotations

from typing import ClassVar, Final, TypeAlias

from textual import events
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from lnwallet_tui.ui.keys_in_turn import KeysInTurn

LEAST_COLUMNS: Final = 80
LEAST_ROWS: Final = 24
TOO_SMALL: Final = (
    f"This window is smaller than {LEAST_COLUMNS} columns by {LEAST_ROWS} rows.\n"
    "Please enlarge it. The node goes on, and its guard with it.\n"
    "Until then no key does anything but {everywhere.quit} (leave) and {everywhere.explain} (help)."
)
_MEANWHILE: Final = frozenset({"quit", "explain"})
"""What can be done."""

Sizes: TypeAlias = list[tuple[int, str]]
_COLUMNS: Final[Sizes] = [(LEAST_COLUMNS, "-narrow"), (110, "-wide")]
_ROWS: Final[Sizes] = [(LEAST_ROWS, "-low"), (34, "-high")]


class NeedsRoom(Screen[None]):
    """A page that is hidden in a window that is too small for it; one that `fits_all` never is."""

    fits_all: ClassVar[bool] = False
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), *_COLUMNS]  # noqa: RUF012  # Textual declares it on instances
    VERTICAL_BREAKPOINTS = [(0, "-flat"), *_ROWS]  # noqa: RUF012  # as above

    _had_focus: Widget | None = None  # before it was hidden

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.fits_all:
            cls.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), *_COLUMNS[1:]]
            cls.VERTICAL_BREAKPOINTS = [(0, "-low"), *_ROWS[1:]]

    @property
    def is_hidden(self) -> bool:
        """Whether the window is too small, as it is now."""
        return self._is_hidden_in(self.app.size)

    def _is_hidden_in(self, size: Size) -> bool:
        return not self.fits_all and (size.width < LEAST_COLUMNS or size.height < LEAST_ROWS)

    def going_to_be(self, size: Size) -> bool:
        """The window has that size, and the page soon; whether the cursor comes back with it."""
        if not self._is_hidden_in(size):
            return self._had_focus is not None
        if self.focused is not None:
            self._had_focus = self.focused
            self.set_focus(None)
        return False

    def on_resize(self, _: events.Resize) -> None:
        self._look_for_room()

    def on_screen_resume(self) -> None:
        """It may have been enlarged while something lay on this."""
        self._look_for_room()

    def _look_for_room(self) -> None:
        if self.going_to_be(self.app.size):
            self.call_after_refresh(self._come_back)

    async def _come_back(self) -> None:
        """The cursor is where it was before."""
        if not self.is_hidden:
            there, self._had_focus = self._had_focus, None
            if there is not None and there.is_attached:
                self.set_focus(there)
        if isinstance(self.app, Resized):
            await self.app.let_keys_go_on()


class Resized(KeysInTurn):
    """An application of such pages."""

    def on_resize(self, event: events.Resize) -> None:
        page = self._page
        if page is not None and page.going_to_be(event.size):
            self.hold_keys_back()  # until it has its cursor

    @property
    def _page(self) -> NeedsRoom | None:
        page = self._screen_stack[-1] if self._screen_stack else None
        return page if isinstance(page, NeedsRoom) else None

    @property
    def shows_nothing(self) -> bool:
        """Whether what is in front is hidden."""
        return self._page is not None and self._page.is_hidden

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing leads from what is hidden to somewhere else."""
        if self.shows_nothing and action not in _MEANWHILE:
            return False
        return super().check_action(action, parameters)
