"""A script reads what it would cost before anything is done, in the fields that the answer has."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Final, cast

import pytest

from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.spending import USUAL_FEE, SentView, WantedFee
from lnwallet_tui.cli import answers, closing
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.closing import close
from lnwallet_tui.cli.consent import Consent, NotAgreed
from lnwallet_tui.cli.errand import Errand
from lnwallet_tui.cli.opening import open_channel
from lnwallet_tui.cli.paying import pay
from lnwallet_tui.cli.spending import bump, send, sign
from tests.cli.forms import assert_form, form_of
from tests.ui import spending, views
from tests.ui.scripted_node import ScriptedNode

FEE: Final = {"feerate_per_kw": None, "target": None, "max_fee_sat": None}
CLOSE: Final = {"channel_id": views.channel().channel_id, "max_fee_sat": None}
PAY: Final = {"text": "lnbcrt1", "amount_msat": None, "max_fee_msat": None}
TO: Final = {"payouts": ((spending.ADDRESS, 5_000),), "all": False, "coins": []}
ASKED: Final[dict[str, tuple[Errand, dict[str, Any]]]] = {
    "open": (open_channel, {"node": "02@a:1", "amount_sat": 1_000_000, "push_msat": 7_500}),
    "close": (close, {**CLOSE, "force": False}),
    "close --force": (close, {**CLOSE, "force": True}),
    "pay": (pay, PAY),
    "send": (send, {**TO, **FEE}),
    "sign": (sign, {"psbt": "cHNidP8B"}),
    "bump": (bump, {"txid": spending.TXID, **FEE}),
}
"""With the options of each."""


class Node(ScriptedNode):
    """What it sends costs what it said."""

    async def bump(self, txid: str, fee: WantedFee = USUAL_FEE) -> SentView:
        quote = spending.bump_quote(txid)
        return SentView(txid=txid, amount_sat=quote.amount_sat, fee_sat=quote.fee_sat)


@pytest.mark.parametrize("words", ASKED)
async def test_what_nobody_agreed_to_is_quoted_and_not_done(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "_AGREEING_SECONDS", 0)
    errand, options = ASKED[words]
    verb, *_ = words.split()
    node = Node()
    asked = Namespace(json=True, **options)
    with pytest.raises(NotAgreed) as error:
        await errand(cast("NodeApi", node), asked, Consent(given=False, may_ask=False))
    quote = error.value.quote
    assert_form(quote, form_of(f"{verb}.quote"), verb)
    told = answers.not_agreed(str(error.value), error.value.remedy, quote)
    assert list(told) == ["error", "quote"]
    done = await errand(cast("NodeApi", node), asked, Consent(given=True, may_ask=False))
    assert isinstance(done, dict)
    assert_form(done, form_of(verb), verb)
    assert_as_said(done, quote)


def assert_as_said(done: Answer, quote: Answer) -> None:
    """Whatever both say is the same; but for what is known only when it is done."""
    both = quote.keys() & done.keys() - {"fee_msat", "complete", "sent"}
    assert both
    assert {name: done[name] for name in both} == {name: quote[name] for name in both}
