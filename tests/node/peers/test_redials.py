"""A connection that ended is dialled again: soon, not at once, and where the owner says."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.net.link import Link
from tests.node.town import MINUTE_MS, Town


async def test_the_first_redial_waits_too(tmp_path: Path) -> None:
    """A peer that hangs up right after `init` must not be dialled in a tight loop."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 400_000)
    town.wires.vanish("ben", gone=True)
    town.wires.vanish("ben", gone=False)
    cut_ms = town.clock.now_ms()
    dialled_ms: list[int] = []
    connect = town.wires.connect
    ada = town.nodes["ada"]

    async def note(name: str, address: str) -> Link:
        dialled_ms.append(town.clock.now_ms())
        return await connect(name, address)

    town.wires.connect = note  # type: ignore[method-assign]  # the time of each dial
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (await town.channel("ada", channel_id)).state is ChannelState.READY
    assert len(dialled_ms) == 1
    assert 500 <= dialled_ms[0] - cut_ms <= 1_100
    assert ada.idle
    await town.end()


async def test_a_new_address_is_dialled_while_the_old_one_does_not_answer(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    gone = f"{ben.node_id.hex()}@gone.play:9735"
    never: list[str] = []
    connect = town.wires.connect

    async def hang(name: str, address: str) -> Link:
        if address.startswith("gone"):
            never.append(address)
            await town.clock.sleep_until(town.clock.now_ms() + 10 * MINUTE_MS)
        return await connect(name, address)

    town.wires.connect = hang  # type: ignore[method-assign]  # an address that is silent
    assert await town.run(ada.connect(gone), until=lambda: bool(never)) is None
    await town.do(ada.connect(town.uri("ben")))
    await town.end()
