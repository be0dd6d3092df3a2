"""What to type: the node's remedies are for whoever is asked by whatever, and on the command line
an option or another verb helps. Found by the refusal's code, which is stable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lnwallet_tui.cli.answers import Answer

_CHANNELS: Final = "See your channels: lnwallet-tui channels"
_COINS: Final = "See your coins: lnwallet-tui coins"
_AGAIN: Final = "What was begun may have been done. Start the node again, and see: "
_INSTEAD: Final[Mapping[tuple[str, str], str]] = {
    ("bump", "unknown"): "Give the txid that send, open or bump answered with.",
    ("bump", "node_gone"): f"{_AGAIN}lnwallet-tui transactions",
    ("close", "node_gone"): f"{_AGAIN}lnwallet-tui channels",
    ("close", "unknown"): _CHANNELS,
    ("close", "channel_busy"): _CHANNELS,
    ("close", "fee_too_high"): "Allow more with --max-fee-sat; nothing was begun.",
    ("disconnect", "unknown"): "See your peers: lnwallet-tui peers",
    ("disconnect", "channel_busy"): _CHANNELS,
    ("freeze", "unknown"): _COINS,
    ("thaw", "unknown"): _COINS,
    ("open", "node_gone"): f"{_AGAIN}lnwallet-tui channels",
    ("pay", "node_gone"): f"{_AGAIN}lnwallet-tui payments",
    ("pay", "fee_too_high"): (
        "Allow a higher fee with --max-fee-msat, or open a channel to the receiver."
    ),
    ("send", "changed"): (
        "Nothing was sent. Run lnwallet-tui send once more: it tells you what it would be now."
    ),
    ("send", "node_gone"): f"{_AGAIN}lnwallet-tui transactions",
    ("sign", "node_gone"): f"{_AGAIN}lnwallet-tui transactions",
    ("unlock", "passphrase_needed"): (
        "Name a file with it, or a descriptor that is open: --passphrase-file PATH or "
        "--passphrase-fd N"
    ),
}
_BESIDE: Final[Mapping[tuple[str, str], str]] = {
    ("pay", "already_paid"): "See what was paid: lnwallet-tui payments",
    ("pay", "in_flight"): "See how it goes: lnwallet-tui payments",
    ("export", "not_enough"): _COINS,
    ("send", "not_enough"): _COINS,
    ("sign", "not_enough"): _COINS,
    ("sign", "unknown"): _COINS,
}


def with_hint(verb: str, answer: Answer) -> Answer:
    """The answer of a verb; an error with what to type."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return answer
    asked = verb, str(error["code"])
    remedy = _INSTEAD.get(asked, str(error["remedy"]))
    if asked in _BESIDE:
        remedy = f"{remedy} {_BESIDE[asked]}".lstrip()
    return {**answer, "error": {**error, "remedy": remedy}}
