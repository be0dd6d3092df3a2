"""The tour: it passes, an auditor agrees, the same seed prints the same bytes, others differ."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.payment import ways
from lnwallet_tui.playground import tour as tour_module
from lnwallet_tui.playground.people import NEIGHBOUR, RELAY, called, cast
from lnwallet_tui.playground.plan import Plan, plan
from lnwallet_tui.playground.tour import Tour
from tests.cli.run import lnwallet
from tests.playground.tours import Told, told, tour
from tests.sampling import sampled

SEEDS = sampled("tours", range(1, 101), 3)
STEPS = {
    "chain", "fund", "open", "receive", "pay", "close-cooperative", "close-unilateral", "breach",
    "htlc-on-chain", "restart", "pay-multihop", "pay-multipart", "receive-multipart", "pay-fails",
    "relay-earns", "done",
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tour_passes_and_every_millisatoshi_is_found(seed: int) -> None:
    seen = told(seed)
    assert seen.code == 0, seen.text[-2_000:] + seen.errors[-2_000:]
    assert all(line["ok"] is True for line in seen.lines)
    assert {line["step"] for line in seen.lines} == STEPS
    seen.audit()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_of_end_is_there(seed: int) -> None:
    kinds = Counter(close["kind"] for line in told(seed).lines for close in line["closes"])
    assert kinds == {"cooperative": 1, "unilateral": 2, "breach": 1}


def facts(seed: int, step: str) -> dict[str, Any]:
    [line] = [line for line in told(seed).lines if line["step"] == step]
    found: dict[str, Any] = line["facts"]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_payment_goes_over_three_channels_or_more(seed: int) -> None:
    hops = facts(seed, "pay-multihop")["hops"]
    assert len(hops) >= 3
    assert hops[0]["from"] == "you"
    for before, after in pairwise(hops):
        assert before["to"] == after["from"]
        assert before["amount_msat"] >= after["amount_msat"]
    scids = [hop["short_channel_id"] for hop in hops]
    assert len(set(scids)) == len(scids)
    assert all(re.fullmatch(r"\d+x\d+x\d+", scid) for scid in scids)
    seen = facts(seed, "pay-multihop")["seen"]  # and each hop saw its own, of one part or more
    assert {hop["incoming_channel"] for hop in seen} == set(scids)
    assert {hop["name"] for hop in seen if hop["is_last"]} == {hops[-1]["to"]}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_friend_is_found_behind_a_private_channel(seed: int) -> None:
    """Nobody announces it: only the invoice says where it is."""
    people = cast(seed.to_bytes(8, "big"))
    [friend], relays = called(people, NEIGHBOUR), called(people, RELAY)
    behind = [
        (len(paid["hops"]) > 1, paid["hops"][-1]["from"] in relays)
        for line in told(seed).lines
        if line["step"] == "pay"
        for paid in line["payments"]
        if paid["payee"] == friend
    ]
    assert set(behind) == {(True, True)}


@pytest.mark.parametrize("step", ["pay-multipart", "receive-multipart"])
@pytest.mark.parametrize("seed", SEEDS)
def test_parts_are_needed_where_no_single_way_has_room(seed: int, step: str) -> None:
    parts, most = facts(seed, step)["parts"], facts(seed, step)["most_of_one_way_msat"]
    assert len(parts) > 1
    assert sum(part["amount_msat"] for part in parts) > most
    assert all(0 < part["amount_msat"] <= most for part in parts)


@pytest.mark.parametrize("step", ["pay-multipart", "receive-multipart"])
async def test_without_splitting_it_cannot_be_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def short(seed: bytes) -> Plan:
        return replace(plan(seed), steps=(step,))

    monkeypatch.setattr(tour_module, "plan", short)
    monkeypatch.setattr(ways, "MAX_PARTS", 1)
    lines = [line async for line in Tour(SEEDS[0], tmp_path).lines()]
    [*passed, failed, done] = lines
    assert all(line["ok"] for line in passed)
    assert (failed["step"], failed["ok"]) == (step, False)
    assert "could not pay" in str(failed["says"])
    assert done["ok"] is False


@pytest.mark.parametrize("seed", SEEDS)
def test_the_reason_why_a_payment_fails_is_true(seed: int) -> None:
    told_of = facts(seed, "pay-fails")
    at_payee = told_of["cause"] == "the payee's channels"
    most = told_of["can_receive_msat" if at_payee else "can_send_msat"]
    assert told_of["amount_msat"] > most
    if not at_payee:
        assert f"{most // 1000:,} sat in parts over all" in told_of["reason"]


@pytest.mark.parametrize("seed", SEEDS)
def test_htlcs_end_on_chain_by_preimage_and_by_timeout(seed: int) -> None:
    told_of = facts(seed, "htlc-on-chain")
    by_preimage, by_timeout = told_of["by_preimage"], told_of["by_timeout"]
    assert by_preimage["height"] < by_preimage["expiry_height"]
    assert by_timeout["height"] > by_timeout["expiry_height"]
    [line] = [line for line in told(seed).lines if line["step"] == "htlc-on-chain"]
    [channel] = [one for one in line["channels"] if one["channel_id"] == told_of["channel_id"]]
    for one in (by_preimage, by_timeout):  # the second stage waits for its delay
        assert one["swept_height"] > one["height"] + channel["to_self_delay"]["you"] - 1
    paid = {one["payment_hash"] for line in told(seed).lines for one in line["payments"]}
    assert by_preimage["payment_hash"] in paid
    assert by_timeout["payment_hash"] not in paid


@pytest.mark.parametrize("seed", SEEDS)
def test_the_guard_takes_every_htlc_of_a_breach(seed: int) -> None:
    taken = facts(seed, "breach")["htlcs"]
    assert len(taken) >= 2
    assert {one["offered_by"] for one in taken} > {"you"}
    [staged] = [one for one in taken if "second_stage_txid" in one]
    assert staged["penalty_height"] > staged["second_stage_height"]
    assert all(one["penalty_txid"] for one in taken)


@pytest.mark.parametrize("seed", SEEDS)
def test_relays_earn_what_payers_paid(seed: int) -> None:
    told_of = facts(seed, "relay-earns")
    fees = [paid["fee_msat"] for line in told(seed).lines for paid in line["payments"]]
    assert sum(told_of["earned_msat"].values()) == told_of["paid_msat"] == sum(fees) > 0
    people = told(seed).lines[-1]["people"]
    assert {name: people[name]["earned_msat"] for name in told_of["earned_msat"]} == told_of[
        "earned_msat"
    ]


@pytest.mark.parametrize("seed", SEEDS[:1])
def test_the_same_seed_prints_the_same_bytes(seed: int) -> None:
    again = tour(seed, hash_seed="31337")
    assert again.text == told(seed).text
    assert again.blocks == told(seed).blocks


def test_seeds_differ() -> None:
    tours = [told(seed) for seed in SEEDS]
    assert len({people(seen) for seen in tours}) == len(tours)
    assert len({order(seen) for seen in tours}) > 1
    assert len({topology(seen) for seen in tours}) == len(tours)
    types = Counter(channel["channel_type"] for seen in tours for channel in channels(seen))
    assert set(types) == {"anchors", "static_remotekey"}
    amounts = [tuple(one["capacity_sat"] for one in channels(seen)) for seen in tours]
    assert len(set(amounts)) == len(amounts)


def people(seen: Told) -> tuple[str, ...]:
    return tuple(seen.lines[0]["people"])


def order(seen: Told) -> tuple[str, ...]:
    return tuple(line["step"] for line in seen.lines)


def channels(seen: Told) -> list[dict[str, Any]]:
    last: list[dict[str, Any]] = seen.lines[-1]["channels"]
    return last


def topology(seen: Told) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(channel["balances_msat"]) for channel in channels(seen))


def test_without_json_it_is_told_in_sentences() -> None:
    done = lnwallet("play", "--tour", "--seed", str(SEEDS[0]))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) == len(told(SEEDS[0]).lines)
    for line, facts in zip(lines, told(SEEDS[0]).lines, strict=True):
        assert line.startswith("ok ")
        assert line.endswith(facts["says"])
        assert facts["says"].endswith(".")
