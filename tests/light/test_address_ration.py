"""How many addresses are heard of one peer."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.light.address_ration import EACH_MS, AddressRation
from lnwallet_tui.p2p.addresses import MOST_ADDRESSES, NetworkId, PeerAddress
from lnwallet_tui.p2p.control import AddrV2
from tests.light.town import LightTown, Reader

ONE = PeerAddress(1_735_689_600, 0, NetworkId.IPV4, bytes((8, 8, 8, 8)), 18_444)
MANY = (ONE,) * MOST_ADDRESSES


def test_as_many_as_one_answer_holds_and_then_one_at_a_time() -> None:
    ration = AddressRation(0)
    assert len(ration.share(MANY[:400], 0)) == 400
    assert len(ration.share(MANY, 5)) == 600
    assert not ration.share(MANY, EACH_MS - 1)
    assert len(ration.share(MANY, EACH_MS)) == 1
    assert not ration.share(MANY, 2 * EACH_MS - 1)
    assert len(ration.share(MANY, 4 * EACH_MS)) == 3
    assert len(ration.share(MANY * 2, EACH_MS << 20)) == MOST_ADDRESSES


def test_a_clock_that_goes_back_gives_nothing() -> None:
    ration = AddressRation(1_000_000)
    ration.share(MANY, 1_000_000)
    assert not ration.share(MANY, 0)
    assert not ration.share(MANY, 1_000_000)


async def test_a_peer_that_tells_without_end_is_heard_once(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=2)
    reader = await Reader.begun(town)
    whom = town.whom["reader"]
    for node in town.bitcoin.nodes:
        for _ in range(5):
            node.open_visits[0].say(AddrV2(MANY))
    await town.clock.rest()
    assert whom.heard == {node.address: MOST_ADDRESSES for node in town.bitcoin.nodes}
    await reader.end()
