"""To which scripts of the wallet something under way will pay, so that nothing else gets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lnwallet_tui.channel.state import Channel, Opening, Phase

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def promised(board: Switchboard) -> frozenset[bytes]:
    """By openings, which end with the program, and by channels, which do not."""
    return frozenset(_by_all(board))


def _by_all(board: Switchboard) -> Iterator[bytes]:
    for held in board.channels.everything():
        match held.state:
            case Opening(shutdown_script=script, funding_tx=funding):
                yield script
                yield from () if funding is None else (out.script_pubkey for out in funding.outputs)
            case Channel(shutdown_script=script, closing=closing, phase=phase):
                if phase is not Phase.DONE:
                    yield from (script, closing.our_script, board.guard.known_close(held).script)
            case _:
                pass
