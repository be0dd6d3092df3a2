"""What is said of transactions that wait for a block, and when it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.coins import TransactionsPage, TxKind
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.chain.broadcasts import Broadcasted, Stage
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.words.waiting_words import how_far
from tests.node.town import Town

IN_MEMPOOL = "It is in the mempool."


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (None, ""),
        (Broadcasted(Stage.CONFIRMED, sent=2, height=7), ""),
        (Broadcasted(Stage.WAITING), "No node was told of it yet."),
        (
            Broadcasted(Stage.SENT, sent=2),
            "Since the wallet was started it is announced to 2 nodes; none has fetched it yet. One "
            "that has it already does not.",
        ),
        (
            Broadcasted(Stage.FETCHED, sent=1, fetched=1),
            "It is fetched by 1 node: where only one is connected, that is the best there is.",
        ),
        (
            Broadcasted(Stage.FETCHED, sent=2, fetched=2),
            "It is fetched by 2 nodes; no other has announced it to us yet.",
        ),
        (
            Broadcasted(Stage.SEEN, sent=2, fetched=2, seen=1),
            "Another node announced it to us, so it goes round.",
        ),
        (
            Broadcasted(Stage.SEEN, sent=2, fetched=2, seen=2),
            "2 other nodes announced it to us, so it goes round.",
        ),
        (Broadcasted(Stage.SEEN), IN_MEMPOOL),
        (
            Broadcasted(Stage.CONFLICTED, sent=2, height=1_234),
            "It conflicts with a transaction in block 1,234.",
        ),
    ],
)
def test_how_far_it_came(known: Broadcasted | None, words: str) -> None:
    assert how_far(known) == words


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def newest(node: Node) -> tuple[TxKind, str]:
    page = await node.transactions()
    assert isinstance(page, TransactionsPage)
    return page.transactions[0].kind, page.transactions[0].explanation


async def test_an_opening_says_it_in_the_history_and_for_the_channel_until_a_block_has_it(
    town: Town,
) -> None:
    ada = town.nodes["ada"]
    opened = await town.do(ada.open_channel(town.uri("ben"), 400_000))
    kind, words = await newest(ada)
    assert kind is TxKind.OPENING
    assert words.endswith(IN_MEMPOOL)
    view = await town.channel("ada", opened.channel_id)
    assert view.state is ChannelState.OPENING
    assert IN_MEMPOOL in view.explanation
    theirs = await town.channel("ben", opened.channel_id)
    assert IN_MEMPOOL not in theirs.explanation  # ben has only its id
    await town.mine()
    assert IN_MEMPOOL not in (await newest(ada))[1]
    assert IN_MEMPOOL not in (await town.channel("ada", opened.channel_id)).explanation


async def test_a_close_in_agreement_says_it_too(town: Town) -> None:
    opened = await town.open("ada", "ben", 400_000, push_msat=100_000_000)
    await town.do(town.nodes["ada"].close(opened))
    view = await town.channel("ada", opened)
    assert view.state is ChannelState.CLOSING
    assert IN_MEMPOOL in view.explanation
