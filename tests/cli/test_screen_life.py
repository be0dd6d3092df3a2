"""From nothing, by the screen alone: a wallet is made, filled, opens a channel, pays, is paid and
closes, with key presses in a terminal. Its chain comes from a Bitcoin node, and at the other end of
the channel is a second wallet, which goes by the command line."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.p2p.inventory import RawTx
from tests.bitcoin_node.behaviour import HONEST
from tests.bitcoin_node.node import BitcoinNode
from tests.cli.run import lnwallet
from tests.cli.test_screen import PHRASE
from tests.cli.test_whole_life import Wallet, mined, ready
from tests.cli.window import CTRL_O, CTRL_Q, ENTER, RIGHT, Window, pasted


async def test_from_nothing_to_a_close(tmp_path: Path) -> None:
    keys, folder = tmp_path / "passphrase", tmp_path / "ada"
    keys.write_text(f"{PHRASE}\n")
    with ExitStack() as processes:
        processes.callback(lnwallet, "stop", "--datadir", folder)
        async with BitcoinNode.started(tmp_path, HONEST) as chain:
            ben = Wallet(tmp_path / "ben", keys, processes)
            await ben.make()
            await ben.start(chain)
            doors = (await chain.open(), await chain.open())
            await chain.shut(1, 2)
            with Window(*options(folder, *doors)) as ada:
                first_run(ada)
                ada.shows("No node of the Bitcoin network is reached. Only", "not known yet")
                ada.to("n", "look whether they run")
                await chain.reopen(1, 2)
                ada.shows(f"verified {await chain.height()} by 2 nodes", "The wallet is empty")
                await fill(ada, chain)
                left_sat = await open_to(ben, ada, chain)
                await pay(ben, ada)
                await be_paid_by(ben, ada)
                all_sat = left_sat + await close_together(ben, ada, chain)
                ada.to("1", f"On-chain {all_sat:,} sat", f"Total {all_sat:,} sat")
                assert ada.leave(CTRL_Q) == 0
                assert "Traceback" not in ada.text
            assert lnwallet("status", "--datadir", folder).returncode == 1
            assert (await ben.ask("balance"))["onchain_confirmed_sat"] == 30_000


def options(folder: Path, *peers: str) -> tuple[str, ...]:
    """Of a wallet that is not there yet, whose node ends with the screen."""
    chain = [word for one in peers for word in ("--chain-peer", one)]
    settings = ("--config", str(folder.parent / "config"), "--when-closed", "ends")
    return ("--network", "regtest", "--datadir", str(folder), *chain, *settings)


def first_run(ada: Window) -> None:
    """New words, kept by a passphrase, and three of them asked back."""
    ada.shows("will be for regtest")
    ada.to(ENTER, "Where the key lives")
    ada.to(ENTER, "Once more")
    ada.to(PHRASE, "•" * len(PHRASE))
    ada.to(ENTER + PHRASE, rf"Once more {'•' * len(PHRASE)}")
    ada.to(ENTER, "enter: Show them")
    ada.to(ENTER, "enter: They are on my paper")
    words = dict(re.findall(r"(\d+) ([a-z]+)", ada.shown))
    ada.rests("They are on my paper")
    ada.to(ENTER, "Three of them")
    asked = re.findall(r"Word (\d+)", ada.shown)
    ada.to("".join(f"{words[number]} " for number in asked), "enter: Check")
    ada.to(ENTER, "Does this square scan")
    ada.to(ENTER, "Balance", "Safety")


async def fill(ada: Window, chain: BitcoinNode) -> None:
    """An address of hers is paid; she sees it before a block has it, and then."""
    ada.to("r", "Receive a payment")
    ada.to(CTRL_O, "A Bitcoin address of yours")
    await chain.pay(ada.copied("y"), 1_000_000)
    ada.shows("1,000,000 sat to you: seen by 2 nodes, in")
    await chain.mine(1)
    ada.shows("1,000,000 sat came to this address")
    ada.to("1", "On-chain 1,000,000 sat", "Total 1,000,000 sat", "You have no channel")


async def open_to(ben: Wallet, ada: Window, chain: BitcoinNode) -> int:
    """A channel of 500,000 sat from her to him; what is left of the coin, by the block."""
    ada.to("c", "You have no channel yet")
    ada.to("o", "puts coins of yours into a contract")
    ada.to(pasted(ben.uri), ben.uri[:50])
    ada.to(ENTER + "500000", "Amount, sat 500000")
    ada.to(ENTER, "Open a channel: check", "enter: Back → then enter: Open")
    ada.to(RIGHT, "(?<!then )enter: Open")
    ada.to(ENTER, "500,000 sat waits for a block")
    funding = await mined_alone(chain, 3, 0, ben)
    ada.shows("Ready: you can pay up to")
    await ready(ben)
    [left_sat] = {one.value.value for one in funding.outputs} - {500_000}
    ada.to("1", f"On-chain {left_sat:,} sat", "✓ watching 1 channel")
    return left_sat


async def pay(ben: Wallet, ada: Window) -> None:
    """An invoice of his is pasted."""
    tea = await ben.ask("invoice", "50000000", "--note", "tea")
    ada.to("4", "1 of 3 · paste")
    ada.to(
        pasted(tea["invoice"]) + ENTER, "2 of 3 · check", r"\btea\b", "then enter: Pay 50,000 sat"
    )
    ada.to(RIGHT, "(?<!then )enter: Pay 50,000 sat")
    ada.to(ENTER, "✓ Paid 50,000 sat", "This is final")


async def be_paid_by(ben: Wallet, ada: Window) -> None:
    """An invoice of hers is copied."""
    ada.to("3", "Receive a payment")
    ada.to("20000", "Amount, sat 20000")
    ada.to(ENTER + "bread", "Note bread")
    ada.to(ENTER, "Waiting for 20,000 sat")
    paid = await ben.ask("pay", ada.copied("y"), "--yes")
    assert (paid["status"], paid["fee_msat"]) == ("paid", 0)
    ada.shows("✓ Received 20,000 sat")


async def close_together(ben: Wallet, ada: Window, chain: BitcoinNode) -> int:
    """The channel, in which 30,000 sat are his; what comes back to her, by the block."""
    ada.to("c", "Yours 470,000 sat", "Theirs 30,000 sat")
    ada.to("x", "Choose how to close", "The peer is connected")
    ada.to(ENTER, "Close together: check", "then enter: Close")
    ada.to(RIGHT, "(?<!then )enter: Close")
    ada.to(ENTER, "How it stands")
    closing = await mined_alone(chain, 1, 1, ben)
    [back_sat] = {one.value.value for one in closing.outputs} - {30_000}
    return back_sat


async def mined_alone(chain: BitcoinNode, blocks: int, brought: int, ben: Wallet) -> Tx:
    """The one transaction that waits, once a wallet has brought one more than so many."""
    await chain.wait_for_message(RawTx, 1 + brought)
    [txid] = await chain.mempool()
    await mined(chain, blocks, ben)
    found = await chain.transaction(txid)
    assert found is not None
    tx, height = found
    assert height is not None
    return tx
