"""`pay`: the most that it may cost is what is asked, told to the node, and answered."""

from __future__ import annotations

from argparse import Namespace
from typing import cast

import pytest

from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.cli.consent import Consent
from lnwallet_tui.cli.paying import pay
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode


@pytest.mark.parametrize(
    ("named", "most_msat", "said"),
    [(None, 5_000, "5 sat"), (1_500, 1_500, "1.500 sat"), (9_000_000, 9_000_000, "9,000 sat")],
)
async def test_what_it_costs_at_most_is_said_and_kept(
    named: int | None, most_msat: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A higher limit than the usual one finds ways that are dearer, too; a lower one only such as
    are within it."""
    node = ScriptedNode()
    options = Namespace(text="lnbcrt1", amount_msat=None, max_fee_msat=named)
    consent = Consent(given=True, may_ask=False, tells=True)
    answer = await pay(cast("NodeApi", node), options, consent)
    [(_, _, *limit)] = cast("list[tuple[object, ...]]", node.told("quote_payment"))
    assert limit == ([] if named is None else [named])
    assert f", at most {said}." in " ".join(capsys.readouterr().err.split())
    [(_, _, told_msat, _)] = cast("list[tuple[object, ...]]", node.told("pay"))
    assert told_msat == most_msat
    assert isinstance(answer, dict)
    assert answer["max_fee_msat"] == most_msat
    assert (answer["locked_until_height"], answer["locked_until_at"]) == (
        views.HEIGHT + 60, views.NOW + 36_000,
    )  # fmt: skip
