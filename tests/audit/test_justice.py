"""A guard that leaves one output of a breach to the cheat does not pass the audit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from lnwallet_tui.onchain import resolve
from lnwallet_tui.onchain.claim import Claim, PenaltyKey
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.facts import ChannelFacts, ConfirmedTx
from lnwallet_tui.onchain.justice import penalties
from lnwallet_tui.playground import tour
from lnwallet_tui.playground.plan import Plan, plan
from lnwallet_tui.playground.tour import Tour
from tests.audit.auditor import Auditor
from tests.audit.facts import Contradiction, read_lines
from tests.audit.ledger import read_blocks

STATIC, ANCHORS = 1, 3  # seeds: the type of the cheat's channel


@pytest.fixture(autouse=True)
def nothing_but_a_breach(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(seed: bytes) -> Plan:
        whole = plan(seed)
        return replace(whole, openings=(whole.breach,), steps=("breach",))

    monkeypatch.setattr(tour, "plan", short)


async def audit(seed: int, folder: Path) -> dict[str, object]:
    """Of the whole short tour; what the breach told."""
    told = Tour(seed, folder)
    lines = [line async for line in told.lines()]
    assert told.passed, lines[-2:]
    auditor = Auditor(read_blocks("\n".join(told.blocks).encode()))
    for line in read_lines(b"\n".join(map(msgspec.json.encode, lines))):
        auditor.check(line)
    facts = lines[-2]["facts"]
    assert isinstance(facts, dict)
    return facts


@pytest.mark.parametrize(("seed", "name"), [(STATIC, "static_remotekey"), (ANCHORS, "anchors")])
async def test_whoever_takes_everything_passes(tmp_path: Path, seed: int, name: str) -> None:
    assert (await audit(seed, tmp_path))["channel_type"] == name


@pytest.mark.parametrize("seed", [STATIC, ANCHORS])
async def test_the_second_stage_must_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(resolve, "second_stage_penalties", lambda *_: ())
    with pytest.raises(Contradiction, match="of a breach was not taken"):
        await audit(seed, tmp_path)


@pytest.mark.parametrize("left", ["their balance", "a payment"])
async def test_every_output_must_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    def is_left(claim: Claim, claims: tuple[Claim, ...]) -> bool:
        if left == "their balance":
            return isinstance(claim.key, PenaltyKey) and not claim.is_htlc
        # Not the one that the cheat takes to the second stage: that is the largest of two.
        return claim is min((one for one in claims if one.is_htlc), key=lambda one: one.value)

    def all_but_one(facts: ChannelFacts, close: Revoked, at: ConfirmedTx) -> tuple[Claim, ...]:
        claims = penalties(facts, close, at)
        [gone] = (one for one in claims if is_left(one, claims))
        return tuple(one for one in claims if one is not gone)

    monkeypatch.setattr(resolve, "penalties", all_but_one)
    with pytest.raises(Contradiction, match="of a breach was not taken"):
        await audit(ANCHORS, tmp_path)
