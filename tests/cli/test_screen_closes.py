"""A channel is closed alone by the screen, and what was the wallet's comes home by itself: the node
is a process of its own, its peer is gone, and its chain comes from a Bitcoin node."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

from tests.bitcoin_node.behaviour import HONEST
from tests.bitcoin_node.node import BitcoinNode
from tests.cli.day_of_delay import DAY, DAY_OF_DELAY
from tests.cli.test_screen import PHRASE
from tests.cli.test_screen_life import mined_alone
from tests.cli.test_whole_life import Wallet, mined, ready, wire
from tests.cli.window import CTRL_Q, DOWN, ENTER, Window


async def test_closed_alone_by_the_screen_the_money_comes_home(tmp_path: Path) -> None:
    keys = tmp_path / "passphrase"
    keys.write_text(f"{PHRASE}\n")
    with ExitStack() as processes:
        ada = Wallet(tmp_path / "ada", keys, processes)
        ben = Wallet(tmp_path / "ben", keys, processes, DAY_OF_DELAY)
        async with BitcoinNode.started(tmp_path, HONEST) as chain:
            left_sat = await opened(chain, ada, ben)
            ben.kill()
            with screen_of(ada) as screen:
                close_alone(screen)
                await mined_alone(chain, 1, 1, ada)
                closed_at = await chain.height()
                free_at = closed_at + DAY
                screen.shows(f"You closed alone, in block {closed_at}", f"from block {free_at} ")
                [coming] = {*re.findall(r"Coming home ([\d,]+) sat", screen.shown)}
                screen.to("1", f"Closing {coming} sat", f"On-chain {left_sat:,} sat")
                assert screen.leave(CTRL_Q) == 0
            await mined(chain, DAY - 1, ada)
            [home] = (await mined_alone(chain, 1, 2, ada)).outputs
            back_sat = home.value.value
            with screen_of(ada) as screen:
                all_sat = f"{left_sat + back_sat:,} sat"
                screen.shows("Closing 0 sat", f"On-chain {all_sat}", f"Total {all_sat}")
                screen.to("c", "closed")
                screen.to(ENTER, f"Came back {back_sat:,} sat", "Awaited nothing more")
                assert screen.leave(CTRL_Q) == 0
                assert "Traceback" not in screen.text


async def opened(chain: BitcoinNode, ada: Wallet, ben: Wallet) -> int:
    """A channel of 500,000 sat from her to him, of which 50,000 are his; what is left of her
    coin."""
    for wallet in (ada, ben):
        await wallet.make()
        await wallet.start(chain)
    await chain.pay((await ada.ask("address"))["address"], 1_000_000)
    await mined(chain, 1, ada)
    channel = await ada.ask("open", ben.uri, "500000", "--push-msat", "50000000", "--yes")
    assert await chain.wait_for_tx(wire(channel["funding_txid"])) == ""
    await mined(chain, 3, ada)
    await ready(ada)
    return int((await ada.ask("balance"))["onchain_confirmed_sat"])


def screen_of(wallet: Wallet) -> Window:
    """One that looks at the node that runs."""
    return Window("--datadir", str(wallet.folder), "--config", str(wallet.folder.parent / "config"))


def close_alone(screen: Window) -> None:
    """With the word typed: neither another nor enter alone does it."""
    screen.shows("Balance", "Safety")
    screen.to("c", "Yours 450,000 sat", "The peer is not connected, so nothing can be paid")
    screen.to("x", "Choose how to close", "or alone now")
    screen.to(DOWN + ENTER, r"Close alone \(force-close\): check", "to go on, type CLOSE")
    screen.to(ENTER, "✗ This is not the word")
    screen.to("CLOSE" + ENTER, "enter: Close alone")
    screen.to(ENTER, "How it stands", "Your commitment with 450,000 sat of yours")
