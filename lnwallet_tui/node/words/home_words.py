"""From when on what a close of ours left is ours, in a sentence."""

from __future__ import annotations

from lnwallet_tui.node.words.scene import Scene
from lnwallet_tui.onchain.home import balance_home, payments_home
from lnwallet_tui.onchain.resolve import Resolution


def free(scene: Scene, resolution: Resolution) -> str:
    """The balance and the payments in it apart: they are free at different times."""
    balance = balance_home(resolution)
    payments = payments_home(resolution, scene.channel.theirs.to_self_delay, scene.height)
    from_block = scene.when(balance.height) if balance.height else "the next block"
    mine = f"{balance.value.value:,} sat are yours from {from_block} on"
    if scene.swept:
        mine = f"The transaction that brings {balance.value.value:,} sat home waits for a block"
    if not payments.value:
        return f"{mine}."
    last = scene.when(payments.height)
    back = f"{payments.value.value:,} sat of payments{_taken(resolution, scene.height)}"
    undecided = any(stage.preimage is None for stage in resolution.stages)
    unless = ", unless whoever is paid takes them before" if undecided else ""
    if not balance.value:
        return f"{back} are yours from {last} on{unless}."
    return f"{mine}; {back}{' are yours' * scene.swept} from {last} on{unless}."


def _taken(resolution: Resolution, height: int) -> str:
    """From when on the first of them can be taken from the commitment, where that is not yet."""
    first = min(stage.earliest for stage in resolution.stages)
    return f" (taken on chain from block {first:,} on)" if first > height + 1 else ""
