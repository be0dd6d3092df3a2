"""What is asked and answered of money: sums that may still change say so."""

from __future__ import annotations

from argparse import Namespace

from msgspec.structs import replace

from lnwallet_tui.api.spending import FeesView
from lnwallet_tui.cli import answers, closing, spending
from lnwallet_tui.cli.consent import Consent
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode

AGREED = Consent(given=True, may_ask=False)


def test_a_close_says_what_of_it_may_go_to_others() -> None:
    quote = replace(views.close_quote(), outgoing_sat=20_000)
    for asked in (closing.together(quote, None), closing.alone(quote)):
        assert "20,000 sat are payments of yours on their way: what of them arrives is" in asked
        assert "if all of them do, you get about" in asked
    assert "on their way" not in closing.together(views.close_quote(), None)
    told_of = answers.closed(views.channel(), quote, alone=False)
    assert (told_of["receives_sat"], told_of["outgoing_sat"]) == (599_570, 20_000)


async def test_fees_that_are_not_known_are_not_called_none() -> None:
    class Node(ScriptedNode):
        async def fees(self) -> FeesView:
            return FeesView(fees=(), now=views.NOW)

    for as_json in (True, False):
        told_of = await spending.fees(Node(), Namespace(json=as_json), AGREED)
        assert ("fees" in told_of) is as_json
    assert "What the chain costs is not known yet" in str(told_of["explanation"])
