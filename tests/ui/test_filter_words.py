"""Each example of what can be looked for finds what is said there, and not its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pytest
from msgspec.structs import replace

from lnwallet_tui.api import activity
from lnwallet_tui.api.coins import TransactionView, TxKind
from lnwallet_tui.api.filter import fold, parse
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.ui.filter_words import language
from tests.payments_found import is_meant
from tests.ui import coins, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import SMALL, on_stage

_DAY: Final = 86_400
_LAST_MONTH, _JANUARY = views.NOW - 30 * _DAY, views.NOW - 240 * _DAY
_LANGUAGE = language(views.NOW)
_EXAMPLES = [example for term in _LANGUAGE.terms for example in term.examples.split()]


def payment(
    status: PaymentStatus = PaymentStatus.PAID,
    *,
    outgoing: bool = True,
    sat: int = 700,
    words: str = "tea",
    noted: str = "",
    created: int = views.NOW,
    payment_hash: str = "77" * 32,
) -> PaymentView:
    one = views.payment(
        payment_hash, outgoing=outgoing, status=status, amount_msat=sat * 1000 + 999,
        description=words, created=created,
    )  # fmt: skip
    return replace(one, note=Untrusted(noted))


def transaction(kind: TxKind, *, sat: int = 700, noted: str = "") -> TransactionView:
    one = coins.transaction(1, kind=kind, amount_sat=sat)
    return replace(one, note=Untrusted(noted), txid="99" * 32)


def gift(*, outgoing: bool = True, waits: bool = False) -> GiftView:
    return GiftView(
        channel_id="88" * 32, peer_id="02" * 33, outgoing=outgoing, amount_msat=7_000_500,
        time=views.NOW, txid="66" * 32, waits=waits,
    )  # fmt: skip


OUT, IN = payment(), payment(outgoing=False)
MINED = transaction(TxKind.MINED)
MUCH, LITTLE = payment(sat=25_000), payment(sat=2_500)
CAME = payment(sat=25_000, outgoing=False)
RENT = [payment(words="Rents"), payment(noted="my rent")]


def hashed(begins: str) -> PaymentView:
    return payment(payment_hash=begins.ljust(64, "0"))


def other(kind: TxKind) -> TxKind:
    return TxKind.SENT if kind is TxKind.MINED else TxKind.MINED


Entry = PaymentView | TransactionView | GiftView
FOUND: Final[dict[str, tuple[Sequence[Entry], Sequence[Entry]]]] = {
    "rent": ([*RENT, transaction(TxKind.FEE, noted="rent")], [OUT]),
    "note:rent": (RENT, [OUT]),
    "text:paid": ([payment(words="paid twice")], [OUT]),
    **{kind.value: ([transaction(kind)], [OUT, transaction(other(kind))]) for kind in TxKind},
    **dict.fromkeys(("25,000", "25.000", "25000", "25k"), ([MUCH, CAME], [OUT, LITTLE])),
    "gift": ([gift(), gift(outgoing=False, waits=True)], [OUT, IN, MINED]),
    "-25k": ([MUCH], [CAME]),
    "+25k": ([CAME], [MUCH]),
    "02ab": ([hashed("02ab")], [hashed("0002ab")]),
    **dict.fromkeys((">10000", ">=10,000"), ([MUCH], [LITTLE])),
    "<5k": ([LITTLE], [payment(sat=5_000)]),
    "<=5k": ([LITTLE, payment(sat=5_000)], [payment(sat=5_001)]),
    "=2500": ([LITTLE], [payment(sat=2_501)]),
    "in": ([IN, MINED, gift(outgoing=False)], [OUT, gift()]),
    "out": ([OUT, payment(PaymentStatus.FAILED), gift()], [IN, MINED, gift(outgoing=False)]),
    "lightning": ([OUT, IN, gift()], [MINED]),
    "onchain": ([MINED], [OUT, IN, gift()]),
    "paid": ([OUT, gift()], [IN, MINED, payment(PaymentStatus.FAILED), gift(waits=True)]),
    "failed": ([payment(PaymentStatus.FAILED), replace(OUT, first_begun=1)], [OUT]),
    "waiting": ([payment(PaymentStatus.WAITING, outgoing=False)], [IN]),
    "pending": (
        [payment(PaymentStatus.IN_FLIGHT), replace(MINED, height=0), gift(waits=True)],
        [OUT, MINED, gift()],
    ),
    "stuck": ([payment(PaymentStatus.STUCK)], [OUT]),
    "expired": ([payment(PaymentStatus.EXPIRED, outgoing=False)], [OUT]),
    "month:last": ([payment(created=_LAST_MONTH)], [OUT]),
    "month:this": ([OUT], [payment(created=_LAST_MONTH)]),
    "month:jan": ([payment(created=_JANUARY)], [OUT]),
    "month:2026-09": ([OUT], [payment(created=_LAST_MONTH)]),
    "today": ([OUT], [payment(created=views.NOW - _DAY)]),
    "yesterday": ([payment(created=views.NOW - _DAY)], [OUT]),
    "since:2026-09": ([OUT], [payment(created=_LAST_MONTH)]),
    "until:2026-09-21": ([OUT, payment(created=_LAST_MONTH)], [payment(created=views.NOW + _DAY)]),
}  # fmt: skip


def is_found(example: str, one: Entry) -> bool:
    wanted = parse(example, views.NOW)
    if isinstance(one, GiftView):
        return activity.is_gift_meant(wanted, one)
    if isinstance(one, PaymentView):
        return wanted.onchain is not True and is_meant(wanted, one)
    return activity.is_meant(wanted, one, views.NOW)


@pytest.mark.parametrize("example", _EXAMPLES)
def test_each_example_finds_what_is_said(example: str) -> None:
    found, others = FOUND[example]
    assert [is_found(example, one) for one in found] == [True] * len(found)
    assert [is_found(example, one) for one in others] == [False] * len(others)


def test_the_rules_are_so() -> None:
    rent = payment(words="Rent of May")
    assert is_found("ent RENT", rent)
    assert not is_found("rent june", rent)
    assert not is_found("rént", rent)
    assert fold("É") == fold("é") != fold("e")


def test_a_gift_is_found_by_all_that_is_known_of_it() -> None:
    words = (
        "7,000",
        "-7000",
        "8888",
        "6666",
        "0202",
        ">6999 <=7k",
        "given channel",
        "out month:this",
    )
    for said in words:
        assert is_found(said, gift()), said
    assert is_found("opening", gift(waits=True))
    assert is_found("received +7000", gift(outgoing=False))
    for said in ("+7000", "=7001", "note:gift", "failed", "until:2026-09-20", "month:last", "9999"):
        assert not is_found(said, gift()), said


def test_every_example_is_tried() -> None:
    assert {*_EXAMPLES} == {*FOUND}
    assert {one.value for one in TxKind} < {*_EXAMPLES}


def texts() -> Iterator[str]:
    yield _LANGUAGE.rules
    yield from (term.finds for term in _LANGUAGE.terms)


async def test_the_page_that_explains_has_all_of_it() -> None:
    async with on_stage(ScriptedNode(), size=(SMALL[0], 80)) as stage:
        await stage.press("a", "question_mark")
        await stage.shows("What you can look for", *_EXAMPLES)
        for text in texts():
            await stage.shows(text[:30])
        await stage.lacks("{", "}")
