"""Where the channels that can be used now are too small, those of peers that are away count."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from tests.node.town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben", "cyd")
    yield town
    await town.end()


async def test_what_a_peer_that_is_away_could_carry_is_named(town: Town) -> None:
    ada, cyd = town.nodes["ada"], town.nodes["cyd"]
    with_ben = await town.open("ada", "ben", 300_000)
    await town.open("ada", "cyd", 100_000)
    can_send = (await town.channel("ada", with_ben)).can_send_msat // 1_000
    too_much = (await town.do(cyd.create_invoice(250_000_000, "roof"))).invoice
    await town.stop("ben")
    refused = await town.run(ada.pay(too_much))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.NOT_ENOUGH
    assert refused.remedy == (
        f"{can_send:,} sat more can be sent once a peer is back: wait for that. "
        "Pay less, or open another channel."
    )
    beyond = (await town.do(cyd.create_invoice(800_000_000, "house"))).invoice
    refused = await town.run(ada.pay(beyond))  # which waiting would not help
    assert isinstance(refused, Refused)
    assert refused.remedy == "Pay less, or open another channel."
    await town.start("ben")
    await town.clock.wait_for(lambda: False, 60_000)
    still = await town.run(ada.pay(beyond))
    assert isinstance(still, Refused)
    assert still.remedy == "Pay less, or open another channel."
