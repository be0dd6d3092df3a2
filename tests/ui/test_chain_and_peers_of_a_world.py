"""On-chain and Peers on a real playground: filled, frozen, opened with, reorganised, let go."""

from __future__ import annotations

from pathlib import Path

from tests.ui.real_stage import on_real_stage


async def test_coins_and_peers_of_a_real_world(tmp_path: Path) -> None:
    async with on_real_stage(tmp_path) as stage:
        await stage.press("7")
        await stage.shows("Coins on chain: 5", "1 conf.", "Somebody paid it to an address of yours")
        await stage.press("f")
        await stage.shows("frozen", "You froze it: nothing spends it")
        await stage.press("n", *"savings", "enter")
        await stage.shows("you noted: savings")
        await stage.press("8")
        await stage.shows("Peers: 7, 0 connected", "listens at", "Press enter to connect, x")
        await stage.press("enter")
        await stage.shows("Peers: 7, 1 connected", "You have no channel with it", "it calls itself")
        await stage.press("o", *"2000000", "enter")
        await stage.shows("[ Open ]")
        await stage.press("tab", "enter")
        await stage.shows("How it stands", "waits for a block")
        await stage.press("7", "t")
        await stage.shows("On chain: 2 transactions", "waits for a block -2,00", "opened to")
        await stage.press("t", "G")
        await stage.shows("change, opened to", "frozen", "Kept for closes 55,244 sat")
        await stage.press("f5", "f5", "f5")
        await stage.shows("3 conf.")
        await stage.press("f9")  # two other blocks for the newest one
        await stage.shows("4 conf.")
        await stage.press("8", "x")
        await stage.shows("the connection is what keeps it working.")
        await stage.lacks("0 connected")
