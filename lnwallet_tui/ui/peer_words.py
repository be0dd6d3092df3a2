"""Peers in words: a row, how one stands, what it can do, what is known of the network."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from lnwallet_tui.api.peers import FeatureView, GossipView, KnownPeerView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import MUTED

NONE_YET: Final = (
    "You know no peer yet.\n\nA peer is another Lightning node that yours talks to; with one of "
    "them you can open a channel. Press {peers.connect} and paste the address of a node: "
    "NODE_ID@HOST:PORT."
)
NONE_FOUND: Final = "No peer has that in its name, id or address. {everywhere.back}: show all"
_WHO, _NAME, _NAME_WIDE, _CHANNELS = 17, 14, 24, 12
_WIDE: Final = 100

_FEATURES: Final = {
    0: ("help after lost data", 2),
    4: ("close address fixed at opening", 2),
    6: ("gossip on request", 7),
    8: ("onions of any content", 4),
    10: ("gossip by time and checksum", 7),
    12: ("one key for its closes", 3),
    14: ("payment secrets", 4),
    16: ("payments in parts", 4),
    18: ("large channels", 2),
    22: ("anchors", 3),
    24: ("blinded routes", 4),
    26: ("closes to newer addresses", 2),
    28: ("channels that both fund", 2),
    34: ("pausing a channel", 2),
    36: ("who held a payment how long", 4),
    38: ("onion messages", 4),
    42: ("keeping backups of others", 1),
    44: ("channel types", 2),
    46: ("channel aliases", 2),
    48: ("payment metadata", 11),
    50: ("channels without confirmations", 2),
    60: ("simple closes", 2),
    62: ("splicing", 2),
}
"""By the even bit: a few plain words, and the BOLT that says more."""


# -- the list
def title(shown: int, total: int, connected: int) -> str:
    """How many there are, or were found."""
    if shown != total:
        return f"Peers: {shown} of {total} found"
    return f"Peers: {total}, {connected} connected"


def gossip(view: GossipView, now: int) -> str:
    """What is known of the network, and how old that is."""
    if not view.channels:
        return "Gossip: nothing is known of the network yet; connected peers tell of it."
    newest = f"; the newest word is {fmt.span(now - view.newest)} old" if view.newest else ""
    channels, nodes = fmt.count(view.channels, "channel"), fmt.count(view.nodes, "node")
    return f"Gossip: {channels}, {nodes} known{newest}."


def row(one: KnownPeerView, who: str, now: int, width: int) -> Content:
    """One peer in one line; its own name for itself in quotation marks."""
    peer, name = one.peer, _NAME_WIDE if width >= _WIDE else _NAME
    channels = fmt.count(one.channels, "channel") if one.channels else ""
    if one.channels and one.channels == one.on_chain:
        channels = f"{one.on_chain:,} on chain"
    return Content.assemble(
        ("● " if peer.connected else "○ ", "$success" if peer.connected else MUTED),
        _cut(who, _WHO),
        " ",
        _cut(peer.name.quoted(name - 2), name),
        f" {channels:<{_CHANNELS}}",
        (_state(one, now), MUTED),
    ).truncate(width, ellipsis=True)


def _state(one: KnownPeerView, now: int) -> str:
    if one.peer.connected:
        took = f", {one.latency_ms:,} ms" if one.latency_ms >= 0 else ""
        return f"since {fmt.clock(one.connected_since, now)}{took}"
    if one.next_dial:
        return f"dialled {fmt.left(one.next_dial, now) if one.next_dial > now else 'now'}"
    return "not connected"


def _cut(text: str, width: int) -> Content:
    return Content(text).truncate(width, ellipsis=True, pad=True)


def matches(one: KnownPeerView, who: str, typed: str) -> bool:
    """Whether this is looked for."""
    peer, wanted = one.peer, typed.casefold()
    texts = (who, peer.name.quoted(60), peer.node_id, peer.address)
    return any(wanted in text.casefold() for text in texts)


# -- one of them
def sentence(one: KnownPeerView, now: int, waits_for: str = "") -> str:
    """How it stands, who must act, what happens when, what one can do; `waits_for` says what of the
    chain is still awaited before anybody is dialled."""
    return _connected(one, now) if one.peer.connected else _away(one, now, waits_for)


def _connected(one: KnownPeerView, now: int) -> str:
    since = f"Connected since {fmt.clock(one.connected_since, now)}, heard {_heard(one, now)}"
    took = f", answered in {one.latency_ms:,} ms" if one.latency_ms >= 0 else ""
    if live := one.channels - one.on_chain:
        need = "channel needs" if live == 1 else "channels need"
        return (
            f"{since}{took}. Your {need} this connection: it stays, and is dialled again by "
            f"itself if it ends.{_besides(one)}"
        )
    if one.on_chain:
        return (
            f"{since}{took}. {_ended(one)} It stays until that is final; {{peers.open_to}} opens a"
            " new channel."
        )
    return (
        f"{since}{took}. You have no channel with it: {{peers.open_to}} opens one, "
        "{peers.let_go} ends the connection."
    )


def _besides(one: KnownPeerView) -> str:
    """Of channels that are closed, beside others."""
    if not one.on_chain:
        return ""
    what = "Another one is" if one.on_chain == 1 else f"{one.on_chain:,} others are"
    return f" {what} closed: the chain alone settles that."


def _ended(one: KnownPeerView) -> str:
    """Where all channels are closed, and not yet for good."""
    what = "channel with it is" if one.on_chain == 1 else "channels with it are"
    return (
        f"Your {what} closed: the chain alone settles that, and nothing of yours needs this "
        "connection."
    )


def _heard(one: KnownPeerView, now: int) -> str:
    return fmt.ago(one.last_heard, now)


def _away(one: KnownPeerView, now: int, waits_for: str) -> str:
    tried = f" {fmt.clock(one.tried_at, now)}: {one.tried}" if one.tried else ""
    if not one.channels:
        if one.peer.address:
            then = "Press enter to connect, {peers.let_go} to forget it."
        else:
            then = "It is not known where it listens. Press {peers.let_go} to forget it."
        return f"Not connected. No channel needs it, so it is not dialled.{tried} {then}"
    if one.channels == one.on_chain:
        then = f" It is dialled again {_when(one, now)}, until that is final." * bool(one.next_dial)
        return f"Not connected. {_ended(one)}{tried}{then} You need not act."
    unpaid = f"Not connected: nothing can be paid through your channel with it now.{_besides(one)}"
    if one.next_dial:
        return (
            f"{unpaid}{tried} It is dialled again {_when(one, now)}; you need not act. If it "
            "stays away, you can close alone ({everywhere.channels}, then "
            "{channels.close_channel})."
        )
    if one.peer.address:
        if waits_for:
            return f"{unpaid}{tried} It is dialled once the chain is read. {waits_for}"
        return f"{unpaid}{tried} It is being dialled at this moment."
    return (
        f"{unpaid} It is not known where it listens: it has to come by itself, or connect "
        f"with {{peers.connect}} "
        "and its address."
    )


def to_connect(one: KnownPeerView) -> str:
    """What dialling it is: again only where it was tried, or was there, before."""
    return "Connect again" if one.tried or one.channels else "Connect to it"


def to_let_go(one: KnownPeerView) -> str:
    """What the same key does to one that is connected, and to another."""
    return "Let go" if one.peer.connected else "Forget"


def _when(one: KnownPeerView, now: int) -> str:
    if one.next_dial <= now:
        return "at once"
    return f"at {fmt.clock(one.next_dial, now)} ({fmt.left(one.next_dial, now)})"


def features(one: KnownPeerView) -> Content:
    """What it announces, each with its BOLT; numbers where nobody has named them."""
    needs = [_feature(f) for f in one.features if f.name and not f.bit % 2]
    offers = [_feature(f) for f in one.features if f.name and f.bit % 2]
    unknown = [f"{f.bit}" for f in one.features if not f.name]
    if one.features_left_off:
        unknown.append(f"{one.features_left_off:,} more")
    parts = (("Insists on", needs), ("Offers", offers), ("Unknown bits", unknown))
    lines = [
        Content.assemble((f"{label}: ", MUTED), ", ".join(words)) for label, words in parts if words
    ]
    return Content("\n").join(lines)


def _feature(feature: FeatureView) -> str:
    known = _FEATURES.get(feature.bit & ~1)
    return f"{known[0]} (BOLT {known[1]})" if known else feature.name


def uri(one: KnownPeerView) -> str:
    """How others would dial it; its id alone where that is not known."""
    peer = one.peer
    return f"{peer.node_id}@{peer.address}" if peer.address else peer.node_id
