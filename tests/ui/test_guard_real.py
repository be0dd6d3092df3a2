"""The guard's page on a real playground: a drill, and a chain that stops."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.policy import BLIND_SECONDS
from lnwallet_tui.ui.screens.guard import GuardScreen
from tests.ui.real_stage import RealStage, on_real_stage


def called(stage: RealStage, role: str) -> str:
    return next(one.name for one in stage.world.people() if one.role == role)


async def practised(stage: RealStage) -> None:
    """Until the drill that was begun has ended, however long that takes."""
    screen = stage.app.screen
    assert isinstance(screen, GuardScreen)
    while screen._drilling:
        await stage.pilot.pause(0.02)
    await stage.rest()


async def test_a_drill_is_played_and_kept(tmp_path: Path) -> None:
    async with on_real_stage(tmp_path) as stage:
        cheat, you = called(stage, "cheat"), stage.world.you.node
        await stage.world.have_them_open(cheat, 1_000_000)
        await stage.world.mine(7)
        invoice = await stage.world.carry_out(you.create_invoice(200_000_000, "rent"))
        await stage.world.have_them_pay(cheat, invoice.invoice)  # type: ignore[union-attr]
        states = (await you.guard()).revoked_states
        assert states > 1
        before = await you.balance(), await you.channels()
        await stage.press("5")
        await stage.shows(f"{states} old states could be published by your peers.", cheat)
        await stage.press("d")
        await practised(stage)
        await stage.press("tab", "end")
        await stage.shows(
            f"✓ Can punish all {states} old states", "by Bitcoin Core's consensus engine and our",
            "caught in 1 block, penalty of", "(anchors)", "(static_remotekey)",
        )  # fmt: skip
        assert (await you.balance(), await you.channels()) == before
    async with on_real_stage(tmp_path) as stage:
        await stage.press("5", "tab", "end")
        await stage.shows("caught in 1 block, penalty of")


async def test_the_chain_stops_and_the_screen_says_so_with_the_next_tick(tmp_path: Path) -> None:
    async with on_real_stage(tmp_path) as stage:
        world = stage.world
        await world.have_them_open(called(stage, "relay"), 600_000)
        await world.mine(7)
        await stage.shows("✓ watching 1 channel", "✓ checked block")
        tip = world.regtest.chain.tip.time
        await world.clock.pass_by((tip + BLIND_SECONDS - world.now()) * 1000)
        await stage.shows("✓ watching 1 channel")
        await world.clock.wait_for(lambda: False, 1_000)
        await stage.shows("✗ the guard sees nothing new", "! no block since")
        await stage.press("5")
        await stage.shows(
            "(2 h): the guard sees nothing new;", "Here they come when you mine (F5)."
        )
        await stage.press("f5")
        await stage.shows("✓ Watching 1 channel. Last block checked:", "just now")
        await stage.lacks("sees nothing new")
