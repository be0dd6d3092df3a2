"""What the light node needs from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.sync_peers import Work
from lnwallet_tui.light.lines import Dial
from lnwallet_tui.light.whom import Whom
from lnwallet_tui.node.ports import Clock, Dice

Complain = Callable[[str, Exception], None]
"""What went wrong, in a few words; the node writes it into its log."""


class Workplace(Protocol):
    """Where long work is done."""

    async def run(self, work: Work) -> object:
        """What it comes to."""
        ...

    def rest(self) -> None:
        """There is nothing more to do for a while."""
        ...

    def another(self) -> Workplace:
        """A place of its own, for what others shall not wait for; whoever asked closes it."""
        ...

    def close(self) -> None:
        """Nothing more is begun."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What the light node needs. `birthday` is the height of the first block that is read for a
    wallet that knows nothing; `user_agent` is what peers are told of us (BIP14). `is_one_named`:
    the user named one peer and wants no other, so that nobody will contradict it; `named` are all
    that the user named, as they were typed."""

    network: Network
    birthday: int
    whom: Whom
    dial: Dial
    clock: Clock
    dice: Dice
    complain: Complain
    workers: Workplace
    user_agent: bytes = b""
    is_one_named: bool = False
    named: tuple[str, ...] = ()
