"""The chain that is followed, for people: by sentences, and the nodes one by one."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.chain import ChainNodeView, ChainStage, ChainView, UselessNodeView
from lnwallet_tui.api.views import StatusView
from lnwallet_tui.cli.answers import Answer, has_read
from lnwallet_tui.cli.told import date

_UNREAD: Final = "What came to you or left you in later blocks is not in these sums."
_NOTHING_READ: Final = "What is yours on chain is not known yet."
_LOCKED: Final = "The wallet is locked: nothing is paid, sent or opened."


def status(view: StatusView, chain: ChainView | None) -> Answer:
    """Where the node stands; `chain` is None where there is no node yet."""
    sentences = [
        *(_standing(chain) if chain is not None else ()),
        *([view.waiting_for] if view.waiting_for else []),
        *(["Nothing is waited for but the next block."] if _is_at_rest(view, chain) else []),
        *([_LOCKED] if view.locked and chain is not None else []),
    ]
    facts: Answer = {"network": view.network}
    if view.node_id:
        facts["node_id"] = view.node_id
    return {**facts, "explanation": " ".join(sentences)}


def balance(sums: Answer, chain: ChainView, *, locked: bool) -> Answer:
    """What there is; first of all what is not known of it, while blocks are unread, and why none of
    it can be sent, while the wallet is `locked`."""
    sums = {
        name: "not known yet" if one is None else one
        for name, one in sums.items()
        if one is not None or name != "bump_reserve_missing_sat"
    }
    said = [_LOCKED] if locked else []
    if chain.stage is not ChainStage.CAUGHT_UP:
        unread = _UNREAD if has_read(chain) else _NOTHING_READ
        said += [*_standing(chain), unread, *([chain.waiting_for] if chain.waiting_for else [])]
    return {**({"explanation": " ".join(said)} if said else {}), **sums}


def nodes(chain: ChainView) -> Answer:
    """The nodes that blocks come from."""
    said = [*_standing(chain), *([chain.waiting_for] if chain.waiting_for else [])]
    found: Answer = {"explanation": " ".join(said)}
    if chain.wanted:
        found["nodes_wanted"] = chain.wanted
        found["nodes"] = [_node(one) for one in chain.nodes]
    if chain.useless:
        found["of_no_use_lately"] = [_useless(one) for one in chain.useless]
    return found


def _is_at_rest(view: StatusView, chain: ChainView | None) -> bool:
    return chain is not None and chain.stage is ChainStage.CAUGHT_UP and not view.waiting_for


def _standing(chain: ChainView) -> list[str]:
    if not has_read(chain):
        return ["No block is verified yet."]
    ahead = chain.headers - chain.height
    return [
        f"Verified to block {chain.height:,} ({date(chain.tip_time)}, {_ago(chain)}), by "
        f"{chain.source}.",
        *([f"The chain is {ahead:,} {_blocks(ahead)} ahead."] if ahead > 0 else []),
        *(_pace(chain)),
        *(
            f"{one.nodes:,} {'node disagrees' if one.nodes == 1 else 'nodes disagree'} about block "
            f"{one.height:,}; it was read whole."
            for one in chain.doubted
        ),
    ]


def _ago(chain: ChainView) -> str:
    minutes = max(0, chain.now - chain.tip_time) // 60
    if not minutes:
        return "just now"
    return "1 minute ago" if minutes == 1 else f"{minutes:,} minutes ago"


def _pace(chain: ChainView) -> list[str]:
    if not chain.per_minute:
        return []
    pace = f"{chain.per_minute:,} {_blocks(chain.per_minute)} a minute"
    left = f", about {chain.seconds_left // 60 + 1:,} min left" if chain.seconds_left >= 0 else ""
    return [f"Now {pace}{left}."]


def _blocks(count: int) -> str:
    return "block" if count == 1 else "blocks"


def _node(one: ChainNodeView) -> Answer:
    return {
        "address": one.address.raw(),
        **({"has_blocks_to": one.height} if one.height >= 0 else {}),
        "agrees": one.agrees,
        **({"answered_in_ms": one.latency_ms} if one.latency_ms >= 0 else {}),
        "connected_at": one.since,
    }


def _useless(one: UselessNodeView) -> Answer:
    return {"address": one.address.raw(), "tried_at": one.time, "explanation": one.why}
