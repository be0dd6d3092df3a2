"""The auditor finds what it is there to find: a tour with one thing changed does not pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lnwallet_tui.bitcoin.hashes import sha256
from tests.audit.auditor import Auditor
from tests.audit.facts import Contradiction, read_lines
from tests.audit.ledger import read_blocks
from tests.playground.tours import Told, told

SEED = 2
Lines = list[dict[str, Any]]  # JSON as it comes


@pytest.fixture(scope="module")
def tour() -> Told:
    return told(SEED)


def audit(lines: Lines, blocks: str) -> None:
    auditor = Auditor(read_blocks(blocks.encode()))
    for line in read_lines(b"\n".join(map(msgspec.json.encode, lines))):
        auditor.check(line)


def test_the_true_tour_passes(tour: Told) -> None:
    audit(tour.lines, tour.blocks)


def step(lines: Lines, name: str) -> dict[str, Any]:
    return next(line for line in lines if line["step"] == name)


def one_msat_more(lines: Lines) -> None:
    step(lines, "pay")["people"]["you"]["total_msat"] += 1


def balances_shifted(lines: Lines) -> None:
    balances = step(lines, "receive")["channels"][0]["balances_msat"]
    one, other = balances
    balances[one] += 1000
    balances[other] -= 1000


def payment_untold(lines: Lines) -> None:
    step(lines, "pay")["payments"].pop()


def preimage_of_another(lines: Lines) -> None:
    step(lines, "pay")["payments"][0]["preimage"] = "00" * 32


def relay_that_earned_more(lines: Lines) -> None:
    for line in lines:
        for person in line["people"].values():
            person["earned_msat"] += person["earned_msat"] > 0


def fee_of(lines: Lines, more_msat: int) -> None:
    """Of a payment over others, at the payer and at the relay that sends it on."""
    hops = step(lines, "pay-multihop")["payments"][0]["hops"]
    hops[0]["amount_msat"] += more_msat


def fee_raised(lines: Lines) -> None:
    fee_of(lines, 1)


def fee_raised_everywhere(lines: Lines) -> None:
    fee_of(lines, 1)
    step(lines, "pay-multihop")["payments"][0]["fee_msat"] += 1
    relay = step(lines, "pay-multihop")["payments"][0]["hops"][0]["to"]
    for line in lines[lines.index(step(lines, "pay-multihop")) :]:
        line["people"][relay]["earned_msat"] += 1


def fee_forgiven(lines: Lines) -> None:
    step(lines, "pay-multihop")["payments"][0]["fee_msat"] -= 1


def earned_by_another(lines: Lines) -> None:
    people = lines[-1]["people"]
    one, *_ = [name for name, person in people.items() if person["earned_msat"]]
    people[one]["earned_msat"], people["you"]["earned_msat"] = 0, people[one]["earned_msat"]


def paid_to_a_relay(lines: Lines) -> None:
    payment = step(lines, "pay-multihop")["payments"][0]
    payment["payee"] = payment["hops"][0]["to"]


def part_untold(lines: Lines) -> None:
    step(lines, "pay-multipart")["payments"][0]["hops"].pop()


def older_commitment(lines: Lines) -> None:
    before, now = step(lines, "open")["channels"][0], step(lines, "receive")["channels"][0]
    now["commitments"] = {name: dict(one) for name, one in now["commitments"].items()}
    for name, one in before["commitments"].items():
        now["commitments"][name]["number"] = one["number"] + 1


def script_claimed(lines: Lines) -> None:
    people = lines[-1]["people"]
    stolen = next(iter(people.values()))["scripts"][0]
    list(people.values())[1]["scripts"].append(stolen)


def close_of_another_kind(lines: Lines) -> None:
    step(lines, "breach")["closes"][0]["kind"] = "cooperative"


def wrong_secret(lines: Lines) -> None:
    step(lines, "breach")["closes"][0]["per_commitment_secret"] = "01" * 32


def close_untold(lines: Lines) -> None:
    step(lines, "close-cooperative")["closes"].clear()


def another_capacity(lines: Lines) -> None:
    step(lines, "open")["channels"][0]["capacity_sat"] += 1


def another_delay(lines: Lines) -> None:
    for delays in (channel["to_self_delay"] for channel in step(lines, "open")["channels"]):
        for name in delays:
            delays[name] += 1


def person_forgotten(lines: Lines) -> None:
    del lines[-1]["people"]["you"]


def on_chain(lines: Lines) -> dict[str, Any]:
    """The channel that ended with HTLCs in it, in its line."""
    line = step(lines, "htlc-on-chain")
    [found] = [one for one in line["channels"] if one["channel_id"] == line["facts"]["channel_id"]]
    channel: dict[str, Any] = found
    return channel


def htlc_untold(lines: Lines) -> None:
    on_chain(lines)["commitments"]["you"]["htlcs"].pop()


def htlc_of_another_amount(lines: Lines) -> None:
    one, other = on_chain(lines)["commitments"]["you"]["htlcs"]
    one["amount_msat"] += 1000
    other["amount_msat"] -= 1000


def htlc_of_another_time(lines: Lines) -> None:
    for one in on_chain(lines)["commitments"]["you"]["htlcs"]:
        one["cltv_expiry"] += 1


def htlc_taken_and_unpaid(lines: Lines) -> None:
    step(lines, "htlc-on-chain")["payments"].pop()


def htlc_returned_and_paid(lines: Lines) -> None:
    """Told as a payment that has arrived: with a preimage of its own, and its money at the end."""
    line = step(lines, "htlc-on-chain")
    payment, came_back = copy.deepcopy(line["payments"][0]), line["facts"]["by_timeout"]
    payment |= {"payment_hash": sha256(bytes(32)).hex(), "preimage": "00" * 32}
    payment |= {"amount_msat": came_back["amount_msat"]}
    payment["payer"], payment["payee"] = payment["payee"], payment["payer"]
    [hop] = payment["hops"]
    hop["from"], hop["to"] = hop["to"], hop["from"]
    hop["amount_msat"] = came_back["amount_msat"]
    line["payments"].append(payment)


def old_htlc_untold(lines: Lines) -> None:
    step(lines, "breach")["closes"][0]["htlcs"].pop()


def old_htlc_of_another_side(lines: Lines) -> None:
    htlcs = step(lines, "breach")["closes"][0]["htlcs"]
    names = {one["offered_by"] for one in htlcs}
    for one in htlcs:
        [one["offered_by"]] = names - {one["offered_by"]}


def not_ok(lines: Lines) -> None:
    lines[-1]["ok"] = False


@pytest.mark.parametrize(
    "tamper",
    [
        one_msat_more, balances_shifted, payment_untold, preimage_of_another, older_commitment,
        script_claimed, close_of_another_kind, wrong_secret, close_untold, another_capacity,
        another_delay, person_forgotten, not_ok, relay_that_earned_more, fee_raised,
        fee_raised_everywhere, fee_forgiven, earned_by_another, paid_to_a_relay, part_untold,
        htlc_untold, htlc_of_another_amount, htlc_of_another_time, htlc_taken_and_unpaid,
        htlc_returned_and_paid, old_htlc_untold, old_htlc_of_another_side,
    ],
)  # fmt: skip
def test_a_changed_tour_does_not(tour: Told, tamper: Callable[[Lines], None]) -> None:
    lines = copy.deepcopy(tour.lines)
    tamper(lines)
    with pytest.raises(Contradiction):
        audit(lines, tour.blocks)


def test_blocks_must_be_those_of_the_tour(tour: Told) -> None:
    blocks = tour.blocks.split()
    with pytest.raises(Contradiction):
        audit(tour.lines, "\n".join(blocks[:-1]))
    with pytest.raises(Contradiction):
        audit(tour.lines, "\n".join([blocks[1], blocks[0], *blocks[2:]]))
