"""What the light node does and waits for, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from lnwallet_tui.api.dates import clock
from lnwallet_tui.chain.block_rate import TooFew
from lnwallet_tui.chain.questions import Ending, Failure, Fault, Refusal
from lnwallet_tui.chain.sync import Progress, Wait

_MANY: Final = 180  # minutes
_NOBODY: Final = (
    "No node of the Bitcoin network is reached. Look whether this machine is online; nothing is "
    "lost, and it is tried again and again."
)
_DIALLING: Final = "No node of the Bitcoin network is reached yet:"
_FIRST_TRIES_MS: Final = 15_000
"""Where nobody is known to dial, no try fails either; then it takes longer than this."""
_NAMED: Final = 3
_SEVERAL: Final = ("are", "they run", "they are")
_OTHERS: Final = "Others are looked for, and these are asked again."
_NO_OTHERS: Final = "No others are asked, as --chain-peer said; these are asked again."
_NO_BLOCK: Final = (
    "The nodes that are reached know of no block but the first one of this chain; the next is read "
    "as soon as there is one."
)
_CLOCK: Final = (
    "Nodes know of blocks from more than two hours ahead of this machine's clock. Look whether the "
    "clock is right; they are not believed before."
)


_REMEDIES: Final = {
    Refusal.NO_FILTERS: "In Bitcoin Core its owner turns them on with blockfilterindex=1 and "
    "peerblockfilters=1.",
    Refusal.PRUNED: "Its owner would have to set prune=0 and download the chain anew.",
    Refusal.OTHER_CHAIN: "Look whether the address and its port are meant for this network.",
    Refusal.BEHIND: "It is of use once it has the chain.",
    Refusal.OURSELVES: "",
}


def of_no_use(why: Ending | None) -> str:
    """Why a node was of no use, and what its owner can do; None: nobody answered there."""
    match why:
        case None:
            return "Nobody answered there."
        case Refusal():
            return f"{_sentence(why.value)} {_REMEDIES[why]}".rstrip()
        case Failure():
            return _sentence(why.value)
        case Fault():
            return f"{_sentence(why.value)} No honest node does that."
        case _:
            assert_never(why)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def verifiers(count: int) -> str:
    """Who vouches for the blocks, to stand after "by"."""
    match count:
        case 0:
            return "nobody who is connected"
        case 1:
            return "1 node of the Bitcoin network"
        case _:
            return f"{count} nodes of the Bitcoin network"


def waiting_for(
    progress: Progress | None,
    now_ms: int,
    refusal: Refusal | None = None,
    named: Sequence[str] = (),
    *,
    any_failed: bool = True,
) -> str:
    """Empty where all blocks are read and one came lately. `refusal` is why the last node that was
    reached lately is of no use, `named` are those that the user wants asked and no others;
    `any_failed`: a node was dialled in vain, or has gone."""
    if progress is None:
        return "The wallet begins to follow the chain."
    if progress.clock_doubted:
        return _CLOCK
    match progress.waits_for:
        case Wait.PEERS:
            if not any_failed and now_ms - progress.since < _FIRST_TRIES_MS:
                return _dialling(named)
            return _nobody(named) if refusal is None else _of_use(refusal, named)
        case Wait.HEADERS:
            return _headers(progress)
        case Wait.SECOND_OPINION:
            return (
                "One node alone said what the blocks hold; for half a minute we wait whether "
                "another one says the same; where blocks are so old that they are not read again, "
                "once for ten minutes."
            )
        case Wait.JUDGEMENT:
            return "Nodes disagree about what a block holds; it is fetched, and decides."
        case Wait.FILTER_HEADERS:
            return (
                f"Nodes are asked what the blocks hold: {progress.filter_headers:,} of "
                f"{progress.headers:,}."
            )
        case Wait.FILTERS:
            return f"Blocks are looked through: {progress.filters:,} of {progress.headers:,}."
        case Wait.BLOCKS if not progress.blocks_missing:
            return f"Blocks are read: up to block {progress.verified_to:,} of {progress.headers:,}."
        case Wait.BLOCKS:
            return (
                f"{_blocks(progress.blocks_missing)} that may concern you "
                f"{'is' if progress.blocks_missing == 1 else 'are'} fetched; read up to block "
                f"{progress.verified_to:,} of {progress.headers:,}."
            )
        case Wait.NOTHING:
            if progress.too_few is not None:
                return _too_few(progress.too_few)
            return _stale(progress, now_ms) if progress.is_stale else ""
        case _:
            assert_never(progress.waits_for)


def _dialling(named: Sequence[str]) -> str:
    if not named:
        return f"{_DIALLING} the first are dialled."
    return f"{_DIALLING} {_those(named)} {'is' if len(named) == 1 else 'are'} dialled."


def _those(named: Sequence[str]) -> str:
    rest = len(named) - _NAMED
    return ", ".join(named[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _nobody(named: Sequence[str]) -> str:
    if not named:
        return _NOBODY
    is_asked, runs, it_is = ("is", "it runs", "it is") if len(named) == 1 else _SEVERAL
    return (
        f"No node of the Bitcoin network is reached. Only {_those(named)} "
        f"{is_asked} asked, as --chain-peer said: look whether {runs}. Nothing is lost, and "
        f"{it_is} tried again and again."
    )


def _of_use(refusal: Refusal, named: Sequence[str]) -> str:
    return (
        f"No node of the Bitcoin network that was reached is of use; of the last: {refusal.value}. "
        f"{_NO_OTHERS if named else _OTHERS}"
    )


def _headers(progress: Progress) -> str:
    told = progress.told_height
    if told > progress.headers:
        return f"Headers of blocks are fetched: {progress.headers:,} of about {told:,}."
    return f"Nodes are asked for blocks after {progress.headers:,}."


def _stale(progress: Progress, now_ms: int) -> str:
    if not progress.headers:
        return _NO_BLOCK
    now = now_ms // 1_000
    minutes = max(0, now - progress.tip_time) // 60
    ago = f"{minutes} minutes" if minutes < _MANY else f"{minutes // 60:,} hours"
    return (
        f"No block came since {clock(progress.tip_time, now)} UTC, {ago} ago. That is rare; other "
        "nodes may know one."
    )


def _too_few(found: TooFew) -> str:
    return (
        f"Only {_blocks(found.blocks)} came in the last {found.hours} hours, where about "
        f"{found.usual} are usual. The nodes that are asked may keep the others from you: look "
        "whether other nodes know more."
    )


def _blocks(count: int) -> str:
    return "1 block" if count == 1 else f"{count:,} blocks"
