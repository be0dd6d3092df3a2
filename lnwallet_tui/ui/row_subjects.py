"""A coin, a transaction, a peer or an entry of the inbox under the cursor, in answers."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.coins import CoinView, TransactionView, TxKind
from lnwallet_tui.api.coming_back import coming_back
from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.inbox import InboxEntry, InboxKind
from lnwallet_tui.api.peers import KnownPeerView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import inbox_words, onchain_words, peer_words
from lnwallet_tui.ui.onchain_words import Who
from lnwallet_tui.ui.subjects import BY_ITSELF, NOBODY, Subject

T, E = TxKind, InboxKind

# -- on chain
_MINERS: Final = "The miners."
_RULES: Final = {
    T.RECEIVED: "No BOLT: a payment on the chain itself (BIP 141).",
    T.MINED: "No BOLT: BIP 34 and the chain's rule of 100 blocks.",
    T.OPENING: "BOLT 3, Funding Transaction Output.",
    T.CLOSE: "BOLT 5, Mutual Close Handling.",
    T.SWEEP: "BOLT 5, General Requirements.",
    T.PENALTY: "BOLT 5, Revoked Transaction Close Handling.",
    T.FEE: "BOLT 3, Fees; for anchors BOLT 5, General Requirements.",
    T.SENT: "No BOLT: a payment on the chain itself (BIP 141), made again for more by BIP 125.",
    T.SPENT: "No BOLT: a payment on the chain itself (BIP 141).",
}


def frost(one: object) -> dict[str, str]:
    """What the key that freezes a coin is called while a frozen one is under the cursor."""
    return {"screen.freeze": "Thaw"} if isinstance(one, CoinView) and one.frozen else {}


def of_coin(coin: CoinView, sentence: str, now: int, who: Who) -> Subject:
    """A coin, with the names in its `sentence`."""
    waits = not coin.spendable and not coin.frozen
    freeze = "Thaw" if coin.frozen else "Freeze"
    return Subject(
        title=f"A coin of {fmt.sat(coin.amount_sat)}: {onchain_words.coin_from(coin, who)}",
        what=sentence,
        who=_MINERS if waits and not coin.in_opening else NOBODY,
        when=_when(coin.height, coin.confirmations, coin.time, now),
        can=f"{freeze} it ({{onchain.freeze}}), write a note to it ({{onchain.note}}), copy its id "
        f"({{onchain.copy}}).{_hurry(coin.height)}{_channel(coin.channel_id)}",
        where=_RULES[coin.kind],
    )


def of_transaction(one: TransactionView, sentence: str, now: int, who: Who) -> Subject:
    """A transaction of the history, with the names in its `sentence`."""
    return Subject(
        title=f"A transaction, {onchain_words.was_for(one, who)}: "
        f"{onchain_words.amount_and_fee(one)}",
        what=sentence,
        who=NOBODY if one.height else f"{_MINERS} The wallet offers it again by itself.",
        when=_when(one.height, one.confirmations, one.time, now),
        can="Write a note to it ({onchain.note}), copy its id ({onchain.copy})."
        f"{_hurry(one.height)}{_channel(one.channel_id)}",
        where=_RULES[one.kind],
    )


def _when(height: int, confirmations: int, time: int, now: int) -> str:
    if not height:
        return "It waits for a block, which comes about every ten minutes."
    at = f" ({fmt.clock(time, now)})" if time else ""
    return f"It is in {fmt.height(height)}{at}: {fmt.count(confirmations, 'confirmation')}."


def _hurry(height: int) -> str:
    return "" if height else " Hurry it for a higher fee ({onchain.hurry})."


def _channel(channel_id: str) -> str:
    return " Go to its channel ({onchain.show_channel})." if channel_id else ""


# -- peers
def of_peer(one: KnownPeerView, name: str, now: int) -> Subject:
    """Another node; never what it wrote."""
    live = one.channels - one.on_chain
    connected = one.peer.connected
    let_go = (
        ""
        if one.channels
        else (" End it ({peers.let_go})." if connected else " Forget it ({peers.let_go}).")
    )
    connect = f" {peer_words.to_connect(one)} ({{peers.connect_again}})."
    again = connect if one.peer.address and not connected else ""
    acts = f"The peer must come back. {coming_back(one.peer.address)}"
    return Subject(
        title=f"The node {name}: {'connected' if connected else 'not connected'}",
        what=peer_words.sentence(one, now),
        who=acts if live and not connected else NOBODY,
        when=_since(one, now),
        can="Open a channel to it ({peers.open_to}), copy its address ({peers.copy})."
        f"{let_go}{again}",
        where="BOLT 1, The init Message; BOLT 9, Assigned Feature Flags.",
    )


def _since(one: KnownPeerView, now: int) -> str:
    if one.peer.connected:
        return f"It is connected since {fmt.clock(one.connected_since, now)}."
    if one.next_dial > now:
        return f"It is dialled {fmt.left(one.next_dial, now)}."
    return ""


# -- the inbox
_ACTS: Final = {
    E.CLOSE: "The miners, and the wallet by itself while it is running.",
    E.BREACH: BY_ITSELF,
    E.STUCK: "The chain decides.",
    E.DISK: "You: the wallet keeps nothing new until the disk takes it.",
    E.BUG: "You: please report it.",
}
_TOLD_BY: Final = {
    E.CLOSE: "BOLT 5, General Requirements.",
    E.BREACH: "BOLT 5, Revoked Transaction Close Handling.",
    E.RECEIVED: "BOLT 11, Payer / Payee Interactions.",
    E.FAILED: "BOLT 4, Returning Errors.",
    E.STUCK: "BOLT 5, HTLC Output Handling.",
    E.DISK: "No BOLT: it is about this computer.",
    E.BUG: "No BOLT: it is about this program.",
}


def of_entry(entry: InboxEntry, sentence: str, now: int) -> Subject:
    """What was told, with its details, dates and names in `sentence`."""
    state = "read" if entry.is_read else "unread"
    goes = inbox_words.leads_to(entry).removeprefix("enter: ")
    then = [
        *([entry.remedy] if entry.remedy else []),
        *([f"Go to {goes} ({{inbox.go_there}})."] if goes else []),
        *([] if entry.is_read else ["Mark it read ({inbox.mark_read})."]),
    ]
    acts = _ACTS.get(entry.kind, "You." if entry.remedy else NOBODY)
    if entry.kind is E.BREACH and not entry.urgent:
        acts = NOBODY  # it is punished for good
    return Subject(
        title=f"Inbox, {inbox_words.kind_word(entry)}: {state}",
        what=sentence,
        who=acts,
        when=f"It was told {fmt.clock(entry.time, now)}, {fmt.ago(entry.time, now)}.",
        can=" ".join(then),
        where=_TOLD_BY.get(entry.kind, ""),
    )


def of_standing(notice: Notice) -> Subject:
    """What is wrong with a file of the user's."""
    return Subject(
        title="Your files: something to mend",
        what=notice.text,
        who="You: nobody else changes these files.",
        when="It stands in the inbox until it is mended.",
        can=f"{notice.remedy} See what counts in the settings ({{inbox.go_there}}).",
        where="",
    )
