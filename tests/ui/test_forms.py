"""What people type and paste, and lists that keep their cursor."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.events import Paste
from textual.widgets.option_list import Option

from lnwallet_tui.ui.widgets.forms import AmountField, Choices, Field, Listing, PasteBox
from lnwallet_tui.ui.widgets.words import Words
from tests.ui.stage import PATIENCE


class Desk(App[None]):
    """One of each."""

    submitted = 0

    def compose(self) -> ComposeResult:
        yield Field(id="note")
        yield AmountField(id="amount")
        yield PasteBox(id="box")
        yield Listing(id="rows")
        yield Choices("Back", "Go")

    def on_paste_box_submitted(self) -> None:
        self.submitted += 1


def rows(*ids: str) -> list[Option]:
    return [Option(Content(f"row {one}"), id=one) for one in ids]


async def test_a_field_takes_one_line_of_what_is_pasted() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        field = app.query_one("#note", Field)
        field.post_message(Paste("a\nb\x1b[31m\u202ec\x07"))
        await pilot.pause()
        assert field.value == "a b�[31m�c�"


async def test_what_an_earlier_visit_left_is_replaced_or_gone_on_with() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        field, amount = app.query_one("#note", Field), app.query_one("#amount", Field)
        field.recall("old words")
        field.focus()
        await pilot.press("n", "e", "w")
        assert field.value == "new"
        amount.focus()
        await pilot.pause()
        field.focus()
        await pilot.press("s")
        assert field.value == "news"  # the same visit: nothing is selected
        field.recall("old words")  # while one is in it
        await pilot.press("right", "!")
        assert field.value == "old words!"
        amount.recall("25")
        amount.focus()
        await pilot.press("left", "1")
        assert amount.value == "125"


@pytest.mark.parametrize(
    ("typed", "value", "amount_sat"),
    [
        ("250,000 sat", "250,000 sat", 250_000),
        ("12a3", "123", 123),
        ("-5e3", "53", 53),
        ("61616s", "61616", 61_616),  # a letter is Send's key, not a unit
        ("rs1 s", "1 s", 1),
        ("", "", None),
    ],
)
async def test_an_amount_field_takes_only_amounts(
    typed: str, value: str, amount_sat: int | None
) -> None:
    app = Desk()
    async with app.run_test() as pilot:
        field = app.query_one("#amount", AmountField)
        field.focus()
        await pilot.press(*typed)
        assert (field.value, field.amount_sat) == (value, amount_sat)


@pytest.mark.parametrize(
    ("pasted", "value"),
    [("12,500 sat", "12,500"), (" 12500sats\n", "12500"), ("5 SAT", "5"), ("12 coins", "")],
)
async def test_of_an_amount_that_is_pasted_the_unit_is_left_off(pasted: str, value: str) -> None:
    app = Desk()
    async with app.run_test() as pilot:
        field = app.query_one("#amount", AmountField)
        field.post_message(Paste(pasted))
        await pilot.pause()
        assert field.value == value


async def test_any_of_an_amount_can_be_deleted() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        field = app.query_one("#amount", AmountField)
        field.focus()
        await pilot.press(*"12 sat", "home", "right", "right", "delete")
        assert field.value == "12sat"
        assert field.amount_sat == 12
        await pilot.press("backspace", "backspace")
        assert (field.value, field.cursor_position) == ("sat", 0)


async def test_a_paste_replaces_what_stood_there_and_is_handed_in() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        box = app.query_one("#box", PasteBox)
        box.focus()
        await pilot.press("o", "l", "d")
        box.post_message(Paste("\x1b]52;c;QQ==\x07new\r\ntext"))
        await pilot.pause()
        assert box.text == "�]52;c;QQ==�new  text"
        assert app.submitted == 1
        await pilot.press("enter")
        assert app.submitted == 2
        assert "\n" not in box.text
        await pilot.press("tab")
        assert app.focused is not box


async def test_a_paste_of_megabytes_is_cut() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        box = app.query_one("#box", PasteBox)
        box.post_message(Paste("x" * 10_000_000))
        await pilot.pause()
        assert len(box.text) == 8_000


async def test_the_cursor_stays_on_its_row() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        listing = app.query_one(Listing)
        listing.show(rows("a", "b", "c"))
        assert listing.highlighted_id == "a"
        listing.focus()
        await pilot.press("j", "j", "k")
        assert listing.highlighted_id == "b"
        listing.show(rows("new", "a", "b", "c"))
        assert listing.highlighted_id == "b"
        await pilot.press("G")
        assert listing.highlighted_id == "c"
        listing.show(rows("a"))
        assert listing.highlighted_id == "a"
        assert not listing.move_to("c")
        assert listing.move_to("a")
        listing.show([])
        assert listing.highlighted_id is None


async def test_the_cursor_does_not_leave_a_list_at_one_end_to_come_in_at_the_other() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        listing = app.query_one(Listing)
        listing.show(rows("a", "b", "c"))
        listing.focus()
        await pilot.press("up")
        assert listing.highlighted_id == "a"
        await pilot.press("end", "down", "j")
        assert listing.highlighted_id == "c"
        await pilot.press("home", "k")
        assert listing.highlighted_id == "a"


async def test_only_what_changed_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Desk()
    async with app.run_test():
        listing = app.query_one(Listing)
        listing.show(rows("a", "b"))
        replaced: list[int] = []
        monkeypatch.setattr(
            listing, "replace_option_prompt_at_index", lambda index, _: replaced.append(index)
        )
        listing.show(rows("a", "b"))
        assert replaced == []
        listing.show([rows("a")[0], Option(Content("another"), id="b")])
        assert replaced == [1]


async def test_beside_the_buttons_stands_what_enter_does() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        said, choices = app.query_one(".enter", Words), app.query_one(Choices)

        async def says(words: str) -> None:
            for _ in range(PATIENCE):  # the room for it is known after a layout
                if str(said.content) == words:
                    return
                await pilot.pause()
            assert str(said.content) == words

        app.query_one("#note").focus()
        await says("")
        app.query_one("#back").focus()
        await says("enter: Back   → then enter: Go")
        choices.offer("Pay 5 sat")
        await pilot.press("right")
        await says("enter: Pay 5 sat")
        await pilot.press("left")
        choices.offer("Close alone", enabled=False)
        await says("enter: Back")
        choices.offer("Make it anyway, and whatever it costs")
        await says("enter: Back   → then enter: Make…")
        await pilot.resize_terminal(160, 24)
        await says("enter: Back   → then enter: Make it anyway, and whatever it costs")
        await pilot.resize_terminal(60, 24)
        await says("")


async def test_a_button_is_as_wide_as_its_new_words() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        choices = app.query_one(Choices)
        choices.offer("Make it anyway, whatever it costs", enabled=False)
        await pilot.pause()
        go = app.query_one("#go")
        assert go.disabled
        assert go.size.width >= len("[ Make it anyway, whatever it costs ]")
