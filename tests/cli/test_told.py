"""Answers as people read them: units, dates, and words of others that can do nothing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.cli import answers, listing, onchain_answers, quoted, told
from lnwallet_tui.cli.listing import state_word
from lnwallet_tui.ui import payment_words
from lnwallet_tui.ui.screens import home
from tests.ui import coins, views


def test_each_fact_has_its_unit() -> None:
    text = told.answer(
        {
            "can_send_msat": 1_234_567,
            "reserved_msat": 5_000,
            "closing_msat": 12_345_019,
            "amount_msat": None,
            "height": 976_120,
            "expires_at": 1_764_425_000,
            "settled_at": 0,
            "connected": True,
            "features": [],
            "waiting_for": "",
        }
    )
    assert [line.split(maxsplit=1) for line in text.splitlines()] == [
        ["Can", "send now             1,234.567 sat"],
        ["Held", "back                5 sat"],
        ["Closing", "12,345.019 sat"],
        ["Amount", "none"],
        ["Height", "976,120"],
        ["Expires", "2025-11-29 14:03 UTC"],
        ["Settled", "none"],
        ["Connected", "yes"],
        ["Features", "none"],
        ["Waiting", "for              nothing"],
    ]


def test_words_stand_with_their_numbers() -> None:
    words = [f"word{number}" for number in range(1, 13)]
    text = told.answer({"words": words, "tip_age_seconds": 1_796_000_000})
    assert text.splitlines() == [
        "Words, to be written on paper with their numbers:",
        "   1 word1      4 word4      7 word7     10 word10",
        "   2 word2      5 word5      8 word8     11 word11",
        "   3 word3      6 word6      9 word9     12 word12",
        f"{'Tip age seconds':<24} 1,796,000,000",
    ]


@pytest.mark.parametrize("outgoing", [True, False])
@pytest.mark.parametrize("status", PaymentStatus)
def test_a_payment_stands_as_the_screen_says_it_does(status: PaymentStatus, outgoing: bool) -> None:
    payment = views.payment(status=status, outgoing=outgoing)
    on_screen = payment_words.status_word(payment)
    assert told.status_word(answers.payment(payment)) == on_screen
    [line] = [one for one in told.answer(answers.payment(payment)).splitlines() if "Status" in one]
    assert line == f"{'Status':<24} {on_screen}"
    if outgoing:
        quote = views.payment_quote(views.decoded(), 25_000_000)
        assert told.status_word(answers.paid(payment, (), quoted.paying(quote))) == on_screen


def test_the_balance_has_the_rows_of_the_first_screen() -> None:
    balance = replace(views.BALANCE, onchain_pending_sat=1_000, bump_reserve_sat=20_000)
    rows = told.answer(answers.balance(balance)).splitlines()
    labels = {row[:24].strip() for row in rows}
    on_screen = {row.label.strip() for row in home.amounts(balance) if row is not None}
    assert "kept for closes" in on_screen
    assert {f"{label[0].upper()}{label[1:]}" for label in on_screen} <= labels


def test_an_open_channel_says_nothing_of_a_close() -> None:
    text = told.answer(answers.channel(views.channel()))
    assert "Closing" not in text
    assert "Free from block" not in text
    closing = replace(views.channel(), closing_txid="ab" * 32, available_height=1_200)
    assert "Free from block          1,200\n" in told.answer(answers.channel(closing))


def test_of_a_restored_channel_nothing_is_said_that_is_not_known() -> None:
    answer = answers.channel(replace(views.channel(), restored=True))
    assert (answer["local_msat"], answer["remote_msat"]) == (None, None)
    text = told.answer(answer)
    assert "Local" not in text
    assert "Remote" not in text


def test_who_agrees_on_the_tip_is_counted() -> None:
    text = told.answer(answers.status(views.STATUS))
    assert "Verified by              1 peer\n" in text
    assert "Waiting for              nothing\n" in text


def test_what_a_payee_calls_itself_stands_beside_its_id() -> None:
    payment = replace(views.payment(), payee_name=Untrusted("far\x1b[2Jid\n“x”"))
    text = told.answer(answers.payment(payment))
    assert f"{'Payee':<24} {views.SHOP}  “far\ufffd[2Jid ’x’”\n" in text
    assert "Payee name" not in text
    nameless = told.answer(answers.payment(views.payment()))
    assert f"{'Payee':<24} {views.SHOP}\n" in nameless


def test_words_of_others_cannot_move_the_cursor() -> None:
    text = told.answer({"description": "tea\x1b[2J\r\n\x07for two", "explanation": "It is open."})
    assert text.splitlines() == [f"{'Description':<24} tea\ufffd[2J  \ufffdfor two", "It is open."]


def test_the_things_of_a_list_are_counted_and_told_apart() -> None:
    text = told.answer({"peers": [{"name": "priya"}, {"name": "oskar"}]})
    assert text == f"Peers: 2\n\n  {'Name':<24} priya\n\n  {'Name':<24} oskar\n"
    assert told.answer({"peers": []}) == f"{'Peers':<24} none\n"


def test_a_partially_signed_transaction_stays_whole() -> None:
    text = told.answer({"psbt": "A" * 20_000, "complete": False})
    assert text.splitlines()[0].split() == ["Psbt", "A" * 20_000]


def test_a_channel_whose_peer_is_there_is_not_called_offline() -> None:
    offline = replace(views.channel(), state=ChannelState.OFFLINE)
    assert state_word(views.channel(), is_connected=True) == "ready"
    assert state_word(offline, is_connected=False) == "offline"
    assert state_word(offline, is_connected=True) == "not taken up by its peer"
    lost = replace(offline, restored=True)
    for here in (True, False):
        assert state_word(lost, is_connected=here) == "waits for its peer to close it"


def test_a_command_stays_on_one_line() -> None:
    folder = "/home/somebody/with a long name/and another/wallet"
    command = f"lnwallet-tui unlock --datadir '{folder}' --network signet"
    text = told.answer({"explanation": f"The wallet is locked, as it was. Unlock it: {command}"})
    assert text.splitlines() == ["The wallet is locked, as it was. Unlock it:", command]
    assert told.answer({"explanation": "One.\nTwo."}) == "One.\nTwo.\n"


@pytest.mark.parametrize(
    ("changed", "fee", "amount", "said"),
    [
        (-600_224, 224, "-600,000 sat", "224 sat, on top of it"),
        (33_000, 410, "+33,000 sat", "410 sat, taken off already"),
        (-769, 769, "-769 sat", "769 sat, the same: nothing else left the wallet"),
        (5_000, 0, "+5,000 sat", "not yours"),
    ],
)
def test_people_are_told_amounts_without_the_fee_which_is_named(
    changed: int, fee: int, amount: str, said: str
) -> None:
    one = replace(coins.transaction(), amount_sat=changed, fee_sat=fee)
    told_of = told.answer(listing.for_people(one))
    script = onchain_answers.transaction(one)
    on_top = fee if script["fee_is"] == "on top" else 0
    assert (script["amount_sat"], script["change_sat"]) == (changed + on_top, changed)
    assert "Fee is" not in told_of
    assert f"{'Amount':<24} {amount}\n" in told_of
    assert f"{'Fee':<24} {said}\n" in told_of


def test_the_rows_of_a_balance_are_its_total_to_the_thousandth() -> None:
    """What a close pays has parts of a satoshi until it is in a block."""
    balance = replace(views.BALANCE, closing_msat=714_372_019)
    whole = balance.total_msat - views.BALANCE.closing_msat + balance.closing_msat
    sums = answers.balance(replace(balance, total_msat=whole))
    parts = ("onchain_confirmed", "onchain_pending", "can_send", "reserved", "in_flight", "opening",
             "closing")  # fmt: skip
    rows = {name: value for name, value in sums.items() if name.startswith(parts)}
    assert len(rows) == len(parts)
    added = sum(
        value * (1000 if name.endswith("_sat") else 1)
        for name, value in rows.items()
        if isinstance(value, int)
    )
    assert added == sums["total_msat"] == whole
