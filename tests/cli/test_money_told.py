"""What is asked and answered of money: sums that may still change say so."""

from __future__ import annotations

from argparse import Namespace

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import (
    USUAL_FEE,
    BumpQuote,
    BumpWay,
    FeesView,
    FeeView,
    PaidView,
    PsbtView,
    Sending,
    SendQuote,
    WantedFee,
)
from lnwallet_tui.cli import closing, quoted, spending, told
from lnwallet_tui.cli.by_block import ByBlock
from lnwallet_tui.cli.consent import Consent
from lnwallet_tui.cli.spending import decode_psbt, is_psbt
from tests.ui import spending as coins_spent
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode

AGREED = Consent(given=True, may_ask=False)


def test_a_close_says_what_of_it_may_go_to_others() -> None:
    quote = replace(views.close_quote(), outgoing_sat=20_000)
    for asked in (closing.together(quote), closing.alone(quote)):
        assert "20,000 sat are payments of yours on their way: what of them arrives is" in asked
        assert "if all of them do, you get about" in asked
    assert "on their way" not in closing.together(views.close_quote())
    told_of = quoted.closing(quote, alone=False)
    assert (told_of["receives_sat"], told_of["outgoing_sat"]) == (599_570, 20_000)


def test_a_close_says_by_when_and_the_worst_before_it_is_done() -> None:
    quote = views.close_quote()
    together, alone = closing.together(quote), closing.alone(quote)
    assert together == (
        "Close the channel together with the peer. You get about 599,570 sat on chain by about"
        " block 1,026 (about 2026-09-21 14:33 UTC); the fee is 430 sat, at most 1,200. At worst it"
        " is 598,800 sat by block 1,168 (about 2026-09-22 14:13 UTC), if the fee is the highest"
        " that is agreed to."
    )
    assert (
        "the fees are 2,830 sat. At worst it is 571,000 sat by block 2,033 (about 2026-09-28 14:23"
        " UTC), if fees rise to 100 sat/vB. Up to 12,000 sat of your coins to hurry it are taken"
        " off already."
    ) in alone
    lost = replace(quote.force_outcome, worst_sat=-12_000)
    maybe_old = closing.alone(replace(quote, may_be_old=True))
    assert "may be an older copy: if it is one, the peer can take the whole channel" in maybe_old
    assert "older copy" not in alone
    worse = closing.alone(replace(quote, htlcs_pending=2, force_outcome=lost))
    assert "At worst it is nothing and 12,000 sat less by block" in worse
    assert "and no payment in it comes back to you." in worse
    theirs = replace(quote, cooperative_max_fee_sat=0, cooperative_fee_sat=0)
    assert "; the peer pays the fee. At worst it is 598,800" in closing.together(theirs)
    for is_alone, worst, most in ((True, 571_000, 12_000), (False, 598_800, 0)):
        told_of = quoted.closing(quote, alone=is_alone)
        assert (told_of["worst_sat"], told_of["hurrying_most_sat"]) == (worst, most)


@pytest.mark.parametrize(
    ("typed", "height", "said"),
    [
        (700, 1_030, "should be in a block by about block 1,030 (about 2026-09-21 15:13 UTC)."),
        (250, None, "it pays less than what is known to be enough."),
        (0, None, "nobody has said yet what is enough."),
    ],
)
async def test_what_is_sent_and_hurried_says_by_when(
    typed: int, height: int | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Node(ScriptedNode):
        async def quote_send(self, sending: Sending) -> SendQuote:
            return replace(coins_spent.send_quote(sending.payouts), feerate_per_kw=typed)

        async def quote_bump(self, txid: str, fee: WantedFee = USUAL_FEE) -> BumpQuote:
            return replace(coins_spent.bump_quote(txid), feerate_per_kw=typed)

    node, consent = Node(), Consent(given=True, may_ask=False, tells=True)
    if typed:
        soon = FeeView(target_blocks=6, feerate_per_kw=600, source="blocks", time=0, count=1)
        node.fee_views = (soon,)
    sending = Namespace(
        payouts=((coins_spent.ADDRESS, 5_000),), all=False, coins=[], feerate_per_kw=None,
        target=None, max_fee_sat=None, json=True, txid=coins_spent.TXID,
    )  # fmt: skip
    for verb in (spending.send, spending.bump):
        told_of = await verb(node, sending, consent)
        assert isinstance(told_of, dict)
        assert told_of["expected_height"] == height
        assert (told_of["expected_at"] is None) is (height is None)
        assert said in " ".join(capsys.readouterr().err.split())


async def test_whoever_signs_reads_first_whom_it_pays(capsys: pytest.CaptureFixture[str]) -> None:
    """It comes through other hands."""
    consent = Consent(given=True, may_ask=False, tells=True)
    await spending.sign(ScriptedNode(), Namespace(psbt="cHNidP8B", json=True), consent)
    assert capsys.readouterr().err.splitlines()[1:7] == [
        "It pays others:",
        f"25,000 sat to {coins_spent.ADDRESS}",
        "0 sat to no address but the script 6a0474657374",
        "Back to this wallet come:",
        f"74,847 sat to {coins_spent.ADDRESS[:-6]}080808",
        "It costs you 25,153 sat, fee and all; the fee of the whole is 153 sat. Compare",
    ]
    soon = ByBlock(0, 0, "")
    alone = replace(coins_spent.PSBT, pays=coins_spent.PSBT.pays[1:2])
    assert "\nIt pays nobody else.\n" in spending.signs(alone, soon)
    gone = replace(coins_spent.PSBT, pays=coins_spent.PSBT.pays[:1])
    assert "\nNothing of it comes back to you.\n" in spending.signs(gone, soon)


@pytest.mark.parametrize(
    ("read", "height", "said"),
    [
        (
            coins_spent.PSBT,
            1_030,
            "it is sent at once. It should be in a block by about block 1,03",
        ),
        (replace(coins_spent.PSBT, feerate_per_kw=0), None, "is not known, for its fee is not."),
        (replace(coins_spent.PSBT, sends=False), None, "Others have to sign it after you: it is"),
    ],
)
async def test_what_is_signed_says_by_when(
    read: PsbtView, height: int | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Node(ScriptedNode):
        async def read_psbt(self, psbt: str) -> PsbtView:
            return read

    node, consent = Node(), Consent(given=True, may_ask=False, tells=True)
    soon = FeeView(target_blocks=6, feerate_per_kw=600, source="blocks", time=0, count=1)
    node.fee_views = (soon,)
    told_of = await spending.sign(node, Namespace(psbt="cHNidP8B", json=True), consent)
    assert isinstance(told_of, dict)
    assert told_of["expected_height"] == height
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("refused", "pays", "said"),
    [
        (RefusalCode.UNKNOWN, coins_spent.PSBT.pays, "nothing to sign in it, and pays it 74,847 s"),
        (RefusalCode.UNKNOWN, coins_spent.PSBT.pays[:1], "nothing to sign in it, and pays it noth"),
        (RefusalCode.ALREADY_PAID, coins_spent.PSBT.pays, "This wallet does not sign it. It is se"),
    ],
)
async def test_who_has_nothing_to_sign_reads_it_all_the_same(
    refused: RefusalCode, pays: tuple[PaidView, ...], said: str
) -> None:
    why = Refused(refused, "It is sent already.")
    spends = (replace(coins_spent.PSBT.spends[0], yours=False),)
    read = replace(coins_spent.PSBT, refused=why, pays=pays, spends=spends)

    class Node(ScriptedNode):
        async def read_psbt(self, psbt: str) -> PsbtView:
            return read

    told_of = await decode_psbt(Node(), "cHNidP8B", as_json=False)
    assert isinstance(told_of, dict)
    assert said in str(told_of["explanation"])
    assert "takes_sat" not in told_of
    words = told.answer(told_of)
    assert "It spends: 1\n" in words
    options = Namespace(psbt="cHNidP8B", json=True)
    assert await spending.sign(Node(), options, AGREED) is why


async def test_a_partially_signed_transaction_can_be_read_before_it_is_signed() -> None:
    node = ScriptedNode()
    told_of = await decode_psbt(node, " cHNidP8B", as_json=False)
    assert isinstance(told_of, dict)
    assert "psbt" not in told_of
    lines = told.answer(told_of).splitlines()
    assert "It pays: 3" in lines
    assert f"  {'Address':<24} {coins_spent.ADDRESS}" in lines
    scripts = [line.split()[-1] for line in lines if line.split()[:1] == ["Script"]]
    assert scripts == ["6a0474657374"]  # of what has no address
    assert not is_psbt("lnbcrt1")


def test_who_hurries_a_payment_reads_whom_it_pays() -> None:
    quote = coins_spent.bump_quote(coins_spent.TXID)
    assert "Others get 25,000 sat." in spending.hurries(quote)
    named = replace(quote, pays=coins_spent.PSBT.pays[:2], amount_sat=99_847, to_us_sat=74_847)
    assert (
        f"Others get 99,847 sat: 25,000 sat to {coins_spent.ADDRESS}. Of these 74,847 sat go to an"
    ) in spending.hurries(named)


async def test_fees_that_are_not_known_are_not_called_none() -> None:
    class Node(ScriptedNode):
        async def fees(self) -> FeesView:
            return FeesView(fees=(), now=views.NOW)

    for as_json in (True, False):
        told_of = await spending.fees(Node(), Namespace(json=as_json), AGREED)
        assert ("fees" in told_of) is as_json
    assert "What the chain costs is not known yet" in str(told_of["explanation"])


def test_the_child_of_a_close_says_what_the_anchor_pays_and_what_it_replaces() -> None:
    quote = replace(
        coins_spent.bump_quote("77" * 32), way=BumpWay.CHILD, fee_sat=700, added_fee_sat=370,
        by_coins=True, from_anchor_sat=330,
    )  # fmt: skip
    said = spending.hurries(quote)
    assert "for 370 sat more: its fee is 700 sat, of it 330 sat the anchor's." in said
    again = replace(quote, replaces_child=True, from_anchor_sat=0)
    assert "in place of the one that hurries it already, for 370 sat more." in spending.hurries(
        again
    )
