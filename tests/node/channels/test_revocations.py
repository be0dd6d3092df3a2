"""A peer that does not answer to a new commitment is connected to anew, soon enough."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.wire.bolt2 import CommitmentSigned
from lnwallet_tui.wire.message import Message
from tests.node.town import MINUTE_MS, Town


async def test_a_half_dead_connection_holds_a_payment_for_a_minute(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 400_000)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    hear, deaf = ben._board.peer_said, True
    swallowed: list[int] = []

    def half(peer_id: bytes, *messages: Message) -> None:
        """Everything but new commitments is heard, and pings are answered, until the link ends."""
        for message in messages:
            if deaf and isinstance(message, CommitmentSigned):
                swallowed.append(town.clock.now_ms())
            else:
                hear(peer_id, message)

    ben._board.peer_said = half  # type: ignore[method-assign]  # a bug of the peer's
    invoice = await town.do(ben.create_invoice(1_000_000, "for a test"))
    paying = town.run(ada.pay(invoice.invoice), until=lambda: bool(swallowed))
    assert await paying is None
    deaf = False
    await town.clock.wait_for(lambda: False, MINUTE_MS + 5_000)
    (paid,) = await ada.payments()
    assert isinstance(paid, PaymentView)
    assert paid.preimage
    assert len(swallowed) == 1
    await town.end()


async def test_who_answers_is_left_alone(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 400_000)
    link = town.nodes["ada"]._board.peers._up[town.nodes["ben"].node_id][0]
    for _ in range(3):
        await town.pay("ada", "ben", 1_000_000)
    await town.clock.wait_for(lambda: False, 3 * MINUTE_MS)
    assert town.nodes["ada"]._board.peers._up[town.nodes["ben"].node_id][0] is link
    await town.end()
