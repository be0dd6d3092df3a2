"""What the light node says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.chain.block_rate import TooFew
from lnwallet_tui.chain.questions import Refusal
from lnwallet_tui.chain.sync import Progress, Wait
from lnwallet_tui.light.words import verifiers, waiting_for

NOW = 1_767_225_600_000  # 2026-01-01
SYNCED = Progress(
    peers=3,
    wanted=4,
    waits_for=Wait.NOTHING,
    since=NOW,
    told_height=930_000,
    headers=930_001,
    filter_headers=930_001,
    filters=930_001,
    blocks_missing=0,
    verified_to=930_001,
    verified_by=3,
    tip_time=NOW // 1_000 - 6_000,
    is_stale=False,
    too_few=None,
    clock_doubted=False,
    doubted={},
)


def test_who_is_up_to_date_waits_for_nothing() -> None:
    assert waiting_for(SYNCED, NOW) == ""


def test_a_block_that_does_not_come_is_told() -> None:
    assert waiting_for(replace(SYNCED, is_stale=True), NOW) == (
        "No block came since Wed 22:20 UTC, 100 minutes ago. That is rare; other nodes may know "
        "one."
    )
    days = replace(SYNCED, is_stale=True, tip_time=NOW // 1_000 - 86_400 * 2)
    assert "since Tue 00:00 UTC, 48 hours ago." in waiting_for(days, NOW)


def test_blocks_that_come_too_slowly_are_told() -> None:
    assert waiting_for(replace(SYNCED, too_few=TooFew(14, 24)), NOW) == (
        "Only 14 blocks came in the last 24 hours, where about 144 are usual. The nodes that are "
        "asked may keep the others from you: look whether other nodes know more."
    )


def test_before_any_block_no_time_is_told() -> None:
    empty = replace(SYNCED, is_stale=True, headers=0, verified_to=0)
    assert waiting_for(empty, NOW).startswith("The nodes that are reached know of no block but the")


def test_who_named_nodes_reads_which_are_asked() -> None:
    nobody = replace(SYNCED, waits_for=Wait.PEERS)
    one = waiting_for(nobody, NOW, named=("127.0.0.1:18444",))
    assert "Only 127.0.0.1:18444 is asked, as --chain-peer said: look whether it runs." in one
    many = waiting_for(nobody, NOW, named=tuple(f"192.0.2.{at}" for at in range(1, 6)))
    assert "Only 192.0.2.1, 192.0.2.2, 192.0.2.3 and 2 more are asked" in many
    assert "Others are looked for" in waiting_for(nobody, NOW, Refusal.PRUNED)
    refused = waiting_for(nobody, NOW, Refusal.PRUNED, ("127.0.0.1:18444",))
    assert refused.endswith("No others are asked, as --chain-peer said; these are asked again.")


def test_who_has_just_begun_to_dial_is_not_sent_to_look() -> None:
    nobody = replace(SYNCED, waits_for=Wait.PEERS)
    yet = "No node of the Bitcoin network is reached yet: "
    assert waiting_for(nobody, NOW, any_failed=False) == f"{yet}the first are dialled."
    two = ("127.0.0.1:1", "127.0.0.1:2")
    said = waiting_for(nobody, NOW + 14_999, named=two, any_failed=False)
    assert said == f"{yet}127.0.0.1:1, 127.0.0.1:2 are dialled."
    for late in (
        waiting_for(nobody, NOW + 15_000, named=two, any_failed=False),  # nobody to dial, perhaps
        waiting_for(nobody, NOW, named=two, any_failed=True),
    ):
        assert "look whether they run" in late


@pytest.mark.parametrize("wait", [one for one in Wait if one is not Wait.NOTHING])
def test_every_other_state_has_its_own_sentence(wait: Wait) -> None:
    sentence = waiting_for(replace(SYNCED, waits_for=wait), NOW)
    assert sentence.endswith(".")
    others = [waiting_for(replace(SYNCED, waits_for=one), NOW) for one in Wait if one is not wait]
    assert sentence not in others


def test_how_far_it_is_stands_in_the_sentence() -> None:
    def said(wait: Wait, **changed: int) -> str:
        return waiting_for(replace(SYNCED, waits_for=wait, **changed), NOW)  # type: ignore[arg-type]  # numbers all

    assert "312,000 of about 930,000" in said(Wait.HEADERS, headers=312_000)
    assert "after 930,001" in said(Wait.HEADERS)
    assert "5 of 930,001" in said(Wait.FILTERS, filters=5)
    assert "1 block that may concern you is" in said(Wait.BLOCKS, blocks_missing=1)
    read = said(Wait.BLOCKS, blocks_missing=0, verified_to=943, headers=2_148)
    assert read == "Blocks are read: up to block 943 of 2,148."
    assert "12 blocks that may concern you are" in said(Wait.BLOCKS, blocks_missing=12)


def test_a_clock_that_is_wrong_comes_first() -> None:
    doubted = replace(SYNCED, waits_for=Wait.HEADERS, clock_doubted=True)
    assert "ahead of this machine's clock" in waiting_for(doubted, NOW)


def test_nobody_one_and_many_vouch() -> None:
    assert [verifiers(count) for count in range(3)] == [
        "nobody who is connected",
        "1 node of the Bitcoin network",
        "2 nodes of the Bitcoin network",
    ]
