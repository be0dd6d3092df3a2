"""What people and scripts are told of the chain, for every state of it."""

from __future__ import annotations

import json

from msgspec.structs import replace

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.cli import answers, chain_told, told
from tests.cli.forms import assert_form, form_of
from tests.ui import chains, views

READ = f"Verified to block {views.HEIGHT:,} (2026-09-21 14:10 UTC, 3 minutes ago)"


def said(answer: dict[str, object]) -> str:
    """In one line."""
    return " ".join(told.answer(answer).split())


def test_the_answer_has_the_form_that_help_tells() -> None:
    form = form_of("nodes")
    for view in (chains.CAUGHT_UP, chains.NOBODY, chains.DISAGREEMENT, chains.PLAYGROUND):
        assert_form(answers.chain(view), form, "nodes")
        json.dumps(answers.chain(view))
    assert answers.chain(chains.ALONE)["stage"] == "second_opinion"


def test_the_status_is_told_in_sentences() -> None:
    status = views.STATUS
    calm = told.answer(chain_told.status(status, chains.CAUGHT_UP))
    assert calm.splitlines()[:2] == [
        f"{'Network':<24} regtest", f"{'Node id':<24} {status.node_id}",
    ]  # fmt: skip
    assert " ".join(calm.split()).endswith(
        f"{READ}, by 2 nodes of the Bitcoin network. Nothing is waited for but the next block."
    )
    waiting = replace(status, waiting_for=chains.FILTERS.waiting_for)
    told_of = said(chain_told.status(waiting, chains.FILTERS))
    assert "The chain is 12,409 blocks ahead. Now 9,000 blocks a minute, about 2 min" in told_of
    assert told_of.endswith(chains.FILTERS.waiting_for)
    locked = replace(status, node_id="", waiting_for="The wallet is locked.", locked=True)
    assert said(chain_told.status(locked, None)) == "Network regtest The wallet is locked."
    new = replace(status, tip_time=0)
    assert "No block is verified yet." in said(chain_told.status(new, chains.HEADERS))
    first = replace(chains.CAUGHT_UP, height=0)  # whose time is years ago
    assert "No block is verified yet." in said(chain_told.status(new, first))


def test_before_a_block_nothing_is_said_of_the_tip() -> None:
    new = answers.status(replace(views.STATUS, node_id="", height=0, tip_time=0))
    assert (new["node_id"], new["tip_time"], new["tip_age_seconds"]) == (None, None, None)
    first = answers.status(replace(views.STATUS, height=0, tip_time=1_296_688_602))
    assert (first["tip_time"], first["tip_age_seconds"]) == (None, None)
    assert (new["height"], first["height"]) == (None, None)
    assert answers.status(views.STATUS)["height"] == views.STATUS.height
    for view in (chains.HEADERS, replace(chains.CAUGHT_UP, height=0)):
        told_of = answers.chain(view)
        assert_form(told_of, form_of("nodes"), "nodes")
        assert told_of["tip_time"] is None or view.height > 0


def test_the_nodes_are_told_one_by_one_and_those_of_no_use() -> None:
    told_of = said(chain_told.nodes(chains.CAUGHT_UP))
    assert f"Nodes wanted 4 Nodes: 3 Address 203.0.113.7:8333 Has blocks to {views.HEIGHT:,}" in (
        told_of
    )
    assert "Of no use lately: 2 Address 198.51.100.4:8333" in told_of
    assert told_of.endswith("with blockfilterindex=1 and peerblockfilters=1.")
    assert "1 node disagrees about block 1,021; it was read whole." in said(
        chain_told.nodes(chains.DISAGREEMENT)
    )
    assert "Nodes" not in said(chain_told.nodes(chains.PLAYGROUND))


def test_a_balance_says_what_it_does_not_know() -> None:
    """Zeros of a wallet that has read nothing are no zeros."""
    sums = answers.balance(views.BALANCE)
    assert answers.as_of(views.STATUS) == {"verified_height": views.HEIGHT, "waiting_for": ""}
    told_of = said(chain_told.balance(sums, chains.CAUGHT_UP, locked=False))
    assert told_of.startswith("On-chain ")
    assert "erified" not in told_of
    new = replace(views.STATUS, height=0, waiting_for=chains.NOBODY.waiting_for)
    assert answers.as_of(new) == {"verified_height": None, "waiting_for": new.waiting_for}
    unknown = answers.balance(replace(views.EMPTY_BALANCE, knows_chain=False))
    told_of = said(chain_told.balance(unknown, replace(chains.NOBODY, height=0), locked=False))
    assert told_of.startswith(
        "No block is verified yet. What is yours on chain is not known yet. "
        f"{chains.NOBODY.waiting_for} On-chain not known yet Unconfirmed not known yet "
        "Can send now 0 sat Can receive now 0 sat "
    )
    assert "Total not known yet" in told_of
    told_of = said(chain_told.balance(sums, chains.FILTERS, locked=False))
    assert "What came to you or left you in later blocks is not in these sums." in told_of


def test_a_balance_says_why_nothing_of_it_can_be_sent() -> None:
    sums, why = answers.balance(views.BALANCE), "The wallet is locked: nothing is paid, sent or"
    for chain in (chains.CAUGHT_UP, chains.FILTERS):
        assert said(chain_told.balance(sums, chain, locked=True)).startswith(why)
        assert why not in said(chain_told.balance(sums, chain, locked=False))


def test_a_script_is_told_null_where_only_blocks_say_it() -> None:
    known = replace(views.EMPTY_BALANCE, reserved_msat=1_000, total_msat=1_000)
    sums = answers.balance(replace(known, knows_chain=False))
    form = form_of("balance")
    assert (
        {name for name, (one, _) in form.items() if one == "int or null" and name in sums}
        == {name for name, one in sums.items() if one is None}
        == set(answers.OF_CHAIN)
    )
    assert (sums["reserved_msat"], sums["can_send_msat"]) == (1_000, 0)
    assert None not in answers.balance(known).values()


def test_an_address_cannot_move_the_cursor() -> None:
    hostile = replace(chains.NODES[0], address=Untrusted("a\x1b[2J\r\nb:1"))
    text = told.answer(chain_told.nodes(replace(chains.CAUGHT_UP, nodes=(hostile,))))
    assert "\x1b" not in text
    assert "a\ufffd[2J  b:1" in text
