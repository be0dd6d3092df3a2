"""How far a transaction of ours came on its way to a block, in a sentence.

No node ever says that it refuses one, so the words claim no more than what was seen: that others
were told, fetched it, or announced it to us.
"""

from __future__ import annotations

from lnwallet_tui.chain.broadcasts import Broadcasted, Stage


def how_far(known: Broadcasted | None) -> str:
    """Whole sentences; empty where there is nothing to say that a height does not say better."""
    if known is None:
        return ""
    match known.stage:
        case Stage.WAITING:
            return "No node was told of it yet."
        case Stage.SENT:
            # What was known before is gone, and whoever is told again looks as if never told.
            return (
                f"Since the wallet was started it is announced to {_nodes(known.sent)}; none has "
                "fetched it yet. One that has it already does not."
            )
        case Stage.FETCHED if known.sent <= 1 and known.fetched == 1:
            return (
                "It is fetched by 1 node: where only one is connected, that is the best there is."
            )
        case Stage.FETCHED:
            return f"It is fetched by {_nodes(known.fetched)}; no other has announced it to us yet."
        case Stage.SEEN if known.seen == 1:
            return "Another node announced it to us, so it goes round."
        case Stage.SEEN if known.seen:
            return f"{known.seen:,} other nodes announced it to us, so it goes round."
        case Stage.SEEN:
            return "It is in the mempool."
        case Stage.CONFLICTED:
            return f"It conflicts with a transaction in block {known.height:,}."
        case Stage.CONFIRMED:
            return ""


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count:,} nodes"
