"""What is looked for in the palette by a word that is no command here: it leads to where it is."""

from __future__ import annotations

from typing import Final, NamedTuple


class Signpost(NamedTuple):
    """`title` has the words that are typed; `sentence` names keys in braces."""

    title: str
    sentence: str
    action: str
    needs: str = ""
    """What of the session it is only for; empty: for all."""


SIGNPOSTS: Final = (
    Signpost(
        "Export payments to a file",
        "In Activity: {activity.export} writes what the list shows, CSV or JSON.",
        "mode('activity')",
    ),
    Signpost(
        "Force close a channel",
        "In Channels: {channels.close_channel} closes the one under the cursor, also alone, "
        "without the peer.",
        "mode('channels')",
    ),
    Signpost(
        "How long may I be away, offline",
        "In Guard: until when the program may be off, and why.",
        "mode('guard')",
    ),
    Signpost(
        "Fees that were paid",
        "In Where is it all: what went to fees, close by close. Each payment's own fee stands in "
        "Activity.",
        "page('satoshis')",
    ),
    Signpost(
        "Fees of the chain, feerates now",
        "In Bitcoin network: what a transaction should pay, and who says so.",
        "page('chain')",
    ),
    Signpost(
        "Seed, words, passphrase, keyring, restore",
        "In First run: where your words are kept; they are shown until they are on paper.",
        "page('first_run')",
        needs="custody",
    ),
    Signpost(
        "Backup of the channels",
        "In Settings, under This wallet: the file, and what it brings back.",
        "page('settings')",
    ),
    Signpost(
        "Invoice, address, QR code",
        "In Receive: amount and note make an invoice; {receive.address} shows an address.",
        "mode('receive')",
    ),
    Signpost(
        "Coins, UTXO: coin control, choose, mark, freeze, thaw, unfreeze",
        "In On-chain: {onchain.freeze} freezes the coin under the cursor or thaws it, "
        "{onchain.mark} marks it, {onchain.pay} pays from those that are marked.",
        "page('onchain')",
    ),
    Signpost(
        "Transactions that wait: hurry, bump, RBF, CPFP, stuck, unconfirmed",
        "In On-chain: {onchain.hurry} hurries the one under the cursor; the cost comes first.",
        "page('onchain')",
    ),
    Signpost(
        "PSBT, partially signed transaction, BIP 174",
        "On the command line: lnwallet-tui export makes one, lnwallet-tui sign signs what is "
        "yours in one. In On-chain stands what came of it.",
        "page('onchain')",
    ),
    Signpost(
        "Pay somebody, withdraw",
        "In Send: paste an invoice or an address, see what it costs, decide.",
        "mode('send')",
    ),
    Signpost(
        "History of payments",
        "In Activity: all of them, the newest first.",
        "mode('activity')",
    ),
    Signpost(
        "Colours, colors: contrast, colour-blind, color blind, red and green, 16 colors",
        "In Settings, under Theme: stark has high contrast, two-tone does without red and green, "
        "terminal has the terminal's own 16 colours.",
        "page('settings')",
    ),
    Signpost(
        "Exit, leave",
        "Quit ({everywhere.quit}); it asks first while a payment is under way.",
        "quit",
    ),
    Signpost(
        "Tor, proxy",
        "Said when the node is started: lnwallet-tui node --proxy HOST:PORT. It counts from then "
        "on, for the guard, too; --proxy none takes it away.",
        "page('settings')",
        needs="process",
    ),
)
