"""Refusals in whole sentences: what channels, coins, disks and invoices say becomes `Refused`."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.coming_back import coming_back
from lnwallet_tui.api.feerates import sat_vb
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason
from lnwallet_tui.coins.refusals import (
    ChosenTooLittle,
    CoinsRefused,
    FeerateTooLow,
    FeeTooHigh,
    InsufficientFunds,
    MustStay,
    NotAsQuoted,
    TooManyWaiting,
)
from lnwallet_tui.invoice.errors import InvoiceError
from lnwallet_tui.policy import WITHOUT_CHANNELS
from lnwallet_tui.store.errors import StoreError

_COMPLAINT_LIMIT: Final = 120  # cells
_REMEDIES = {
    RefusalCode.NOT_READY: "Wait for the confirmations; the channel says how many.",
    RefusalCode.NOT_ENOUGH: "Try a smaller amount.",
    RefusalCode.TOO_SMALL: "Try a larger amount.",
    RefusalCode.CHANNEL_BUSY: "See the channel's own page for what it is doing.",
    RefusalCode.PEER_REFUSED: "Ask the peer, or open to another one.",
    RefusalCode.BAD_INPUT: "Check what you entered.",
}
NO_CHANNELS: Final = "On mainnet this version holds and sends coins, and has no channels yet."
_SEND_MORE: Final = "Send more to an address of this wallet first."


def of_network(network: Network) -> Refused | None:
    """Channels where there are none yet."""
    if network not in WITHOUT_CHANNELS:
        return None
    return Refused(RefusalCode.WRONG_NETWORK, NO_CHANNELS, "Try them on signet, for nothing.")


def of_channel(refusal: ChannelRefusal, address: str = "") -> Refused:
    """What a channel would not do; `address` is where its peer is dialled."""
    reason = refusal.reason
    message = reason.sentence
    if refusal.violation is not None:
        message = f"{message} ({refusal.violation.sentence})"
    said = "" if refusal.said is None else refusal.said.quoted(_COMPLAINT_LIMIT)
    if said:
        message = f"{message} It said: {said}"
    remedy = _REMEDIES.get(reason.code, "")
    if reason.code is RefusalCode.PEER_UNREACHABLE:
        remedy = f"Wait until the peer is back. {coming_back(address)}"
    if refusal.limit is not None:
        limit = f"{refusal.limit.value // 1000:,} sat"
        least = reason is RefusalReason.BELOW_MINIMUM
        given = reason in {RefusalReason.PUSH_AMOUNT, RefusalReason.PUSH_FEE}
        what = "can be given away" if given else "works now"
        remedy = f"The {'least' if least else 'most'} that {what} is {limit}."
    return Refused(reason.code, message, remedy)


def closing_costs_more(least: Sat, most: Sat) -> Refused:
    """Than the user allows, whatever the peer says."""
    return Refused(
        RefusalCode.FEE_TOO_HIGH,
        f"Closing together costs at least {least.value:,} sat, and you allow {most.value:,} sat.",
        "Allow more; nothing was begun.",
    )


def of_coins(error: CoinsRefused, *, to_hurry: bytes | None = None) -> Refused:
    """What the coins do not allow. Where too many wait, `to_hurry` is the one that hurries them."""
    match error:
        case ChosenTooLittle(largest=largest):
            return _of_chosen(largest)
        case InsufficientFunds(largest=largest):
            most = f"{_most(largest)}: the rest pays for fees and for closes."
            message = "The coins on chain are not enough for that."
            return Refused(RefusalCode.NOT_ENOUGH, message, most if largest else _SEND_MORE)
        case MustStay(kept=kept, largest=largest):
            return Refused(
                RefusalCode.MUST_STAY,
                f"{kept.value:,} sat of your coins must stay on chain: they pay for closing your "
                "channels in time when fees are high.",
                f"{_most(largest)}." if largest else _SEND_MORE,
            )
        case FeerateTooLow(least=least):
            return Refused(
                RefusalCode.FEE_TOO_LOW,
                "Nodes take a transaction in place of another only if it pays clearly more.",
                f"The least that works is {sat_vb(least)}.",
            )
        case TooManyWaiting():
            return _of_waiting(error, to_hurry)
        case FeeTooHigh(fee=fee, limit=limit):
            return dearer(fee.value, limit.value)
        case NotAsQuoted(value=value, quoted_sat=quoted_sat):
            return Refused(
                RefusalCode.CHANGED,
                f"It would be {value.value:,} sat now, not the {quoted_sat:,} sat that you were "
                "told: the coins that can be spent have changed meanwhile.",
                "Nothing was sent. Look at the costs once more.",
            )
        case _:
            return Refused(RefusalCode.BAD_INPUT, f"{error}", "Try another amount or feerate.")


def _most(largest: Sat) -> str:
    return f"The most that works now is {largest.value:,} sat"


def _of_chosen(largest: Sat) -> Refused:
    most = f"They can pay at most {largest.value:,} sat; the rest is for the fee."
    message = "The coins that you chose are not enough for that."
    remedy = most if largest else "Choose more of them, or pay less."
    return Refused(RefusalCode.NOT_ENOUGH, message, remedy)


def _of_waiting(error: TooManyWaiting, to_hurry: bytes | None) -> Refused:
    remedy = f"Wait until {txid_to_hex(error.waits_for)} is in a block"
    if to_hurry is not None:
        remedy += f", or hurry {txid_to_hex(to_hurry)}: it pays for all that it hangs on"
    return Refused(
        RefusalCode.NOT_READY,
        f"{error.most} of your transactions that wait for a block would hang together with it: "
        "nodes pass on no more.",
        f"{remedy}.",
    )


def dearer(fee_sat: int, most_sat: int) -> Refused:
    """What was quoted is not what it costs any more."""
    return Refused(
        RefusalCode.MUST_STAY,
        f"The fee on chain would now be {fee_sat:,} sat, which is more than {most_sat:,} sat.",
        "Nothing was sent. Look at the costs once more, or take another amount or feerate.",
    )


def no_such_amount() -> Refused:
    """Below nothing, or more than all the bitcoin there can be."""
    return Refused(
        RefusalCode.BAD_INPUT, "This is no amount that there can be.", "Enter another one."
    )


def no_answer() -> Refused:
    """The other side is silent."""
    return Refused(
        RefusalCode.PEER_UNREACHABLE,
        "The peer did not answer in time.",
        "Nothing was changed. Try again later, or with another peer.",
    )


def of_disk(error: StoreError) -> Refused:
    """The disk does not take anything; nothing was changed."""
    return Refused(RefusalCode.DISK, str(error), error.remedy)


def of_invoice(error: InvoiceError) -> Refused:
    """Not an invoice that can be paid."""
    return Refused(RefusalCode.BAD_INPUT, str(error), error.remedy)
