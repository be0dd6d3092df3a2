"""What can be done with the coins on chain."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class NoteCoin(Command, where="onchain", keys="n", title="Note", action="note", footer="onchain"):
    """Write a note of your own to the coin or transaction under the cursor; only you see it."""


class FreezeCoin(
    Command, where="onchain", keys="f", title="Freeze", action="freeze", footer="onchain"
):
    """Leave the coin under the cursor alone: no opening and no close spends it. Again: thaw it."""


class MarkCoin(Command, where="onchain", keys="m", title="Mark", action="mark"):
    """Mark the coin under the cursor, to be spent with others that you mark; again: not."""


class PayFromCoins(Command, where="onchain", keys="p", title="Pay from coins", action="pay"):
    """Pay one address or several from the coins that you marked, or from those that the wallet
    chooses."""


class CoinsOrHistory(
    Command,
    where="onchain",
    keys="t",
    title="Coins/history",
    action="turn",
    footer="onchain",
):
    """Go from the coins to the history of transactions, and back."""


class HurryWaiting(
    Command, where="onchain", keys="b", title="Hurry", action="hurry", footer="onchain"
):
    """Hurry the transaction under the cursor, which waits for a block; the cost comes first."""


class CopyCoin(Command, where="onchain", keys="y", title="Copy id", action="copy"):
    """Copy the id of the transaction under the cursor, or of the coin with its output's number."""


class AddressForCoins(Command, where="onchain", keys="ctrl+o", title="Address", action="address"):
    """Show a fresh Bitcoin address as a code, to fill the wallet on chain."""


class OpenWithCoins(Command, where="onchain", keys="o", title="Open", action="open_channel"):
    """Open a channel with your coins."""


class ChannelOfCoin(
    Command, where="onchain", keys="enter", title="Its channel", action="show_channel"
):
    """Go to the channel that the coin or transaction under the cursor has to do with."""


class OneTransaction(
    Command, where="onchain", keys="d", title="Details", action="show_transaction"
):
    """Show the transaction under the cursor on a page of its own, and how it stands."""
