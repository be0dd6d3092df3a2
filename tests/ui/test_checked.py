"""What is done is what was checked, whatever is typed while its costs are asked for."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Sending, WantedFee
from lnwallet_tui.ui.widgets.forms import Field, LinesBox
from tests.ui import spending, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import LARGE, Stage, on_stage
from tests.ui.test_open_channel import NOT_NOW
from tests.ui.test_open_channel import to_check as to_opening
from tests.ui.test_pay_address import LINK, node, to_check
from tests.ui.test_pay_many import OTHER, to_lines

FEE = WantedFee(feerate_per_kw=250, most_sat=153)


async def retype(stage: Stage, field: str, text: str) -> None:
    stage.app.screen.query_one(field, Field).focus()
    await stage.press("ctrl+u")
    await stage.type(text)


def a_block_comes(made: ScriptedNode) -> None:
    made.status_view = replace(made.status_view, height=made.status_view.height + 1)
    made.speak(StatusChanged(made.status_view))


@pytest.mark.parametrize("change", ["amount", "everything"])
async def test_costs_of_what_was_typed_before_are_not_checked(change: str) -> None:
    made = node(25_000)
    gate = made.hold("quote_send")
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.click("#form-go")
        if change == "amount":
            await retype(stage, "#amount", "900000")
        else:
            await stage.click("#everything")
        gate.set()
        await stage.rest()
        await stage.shows("1 of 3 · how much")
        await stage.click("#form-go")
        await stage.click("#check-go")
        everything = change == "everything"
        amount_sat = 0 if everything else 900_000
        payouts = ((spending.ADDRESS, amount_sat),)
        checked = Sending(payouts, everything=everything, fee=FEE, quoted_sat=amount_sat)
        assert made.told("send") == [checked]


async def test_everything_is_what_was_checked_or_is_checked_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Within one block a coin may come, be frozen or thawed."""
    quoted = replace(spending.send_quote(()), amount_sat=812_000)
    monkeypatch.setattr(spending, "send_quote", lambda _: quoted)
    made = node(25_000)
    made.refusing["send"] = Refused(RefusalCode.CHANGED, "The coins have changed.", "Look again.")
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.click("#everything")
        await stage.click("#form-go")
        await stage.shows("[ Send 812,000 sat ]")
        await stage.click("#check-go")
        payouts = ((spending.ADDRESS, 0),)
        checked = Sending(payouts, everything=True, fee=FEE, quoted_sat=812_000)
        assert made.told("send") == [checked]
        await stage.shows("1 of 3 · how much", "● everything", "The coins have changed.")
        quoted = replace(quoted, amount_sat=300_000)
        await stage.click("#form-go")
        await stage.shows("2 of 3 · check", "[ Send 300,000 sat ]")
        await stage.lacks("The coins have changed.")


async def test_the_receivers_are_those_that_were_asked_for() -> None:
    made = node()
    gate = made.hold("quote_send")
    async with on_stage(made) as stage:
        await to_lines(stage)
        await stage.type(f"{spending.ADDRESS} 25000")
        await stage.click("#form-go")
        for lines, feerate in ((f"{OTHER} 900000", "."), (f"{spending.ADDRESS} 25000", "")):
            await retype(stage, "#feerate", feerate)
            stage.app.screen.query_one(LinesBox).text = lines
            await stage.click("#form-go" if feerate else "#lines")
        assert len(made.told("quote_send")) == 1
        gate.set()
        await stage.rest()
        await stage.shows("2 of 3 · check", f"To {spending.ADDRESS}: 25,000 sat")
        await stage.lacks(OTHER)


async def test_who_goes_back_from_the_check_is_not_led_there_by_an_old_answer() -> None:
    made = node(25_000)
    async with on_stage(made) as stage:
        await to_check(stage)
        gate = made.hold("quote_send")
        a_block_comes(made)
        await stage.rest()
        await stage.press("escape")
        gate.set()
        await stage.rest()
        await stage.shows("1 of 3 · how much")


async def test_a_channel_is_opened_to_whom_was_checked() -> None:
    made = ScriptedNode()
    async with on_stage(made) as stage:
        gate = made.hold("quote_open")
        await to_opening(stage)
        other = f"{views.PEER}@127.0.0.1:1"
        await retype(stage, "#uri", other)
        gate.set()
        await stage.rest()
        await stage.lacks("[ Open ]")
        await stage.click("#form-go")
        await stage.click("#check-go")
        assert made.told("open_channel") == [(other, 1_000_000, 2_500, 1_530)]


async def test_what_was_refused_a_block_ago_does_not_stand_beside_new_costs() -> None:
    made = ScriptedNode()
    async with on_stage(made, size=LARGE) as stage:
        await to_opening(stage)
        await stage.shows("[ Open ]")
        made.refusing["quote_open"] = NOT_NOW
        a_block_comes(made)
        await stage.shows("The peer does not answer.")
        del made.refusing["quote_open"]
        a_block_comes(made)
        await stage.lacks("The peer does not answer.")
        await stage.shows("[ Open ]")
