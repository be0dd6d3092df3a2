"""Peers: who is connected and who is known, how each stands, and what the network tells."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.peers import KnownPeerView, PeersView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PeerView
from lnwallet_tui.ui import chain_words, commands, peer_words
from lnwallet_tui.ui.messages import OpenTo
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.row_subjects import of_peer
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject
from lnwallet_tui.ui.widgets.forms import Field, Listing
from lnwallet_tui.ui.widgets.words import RefusalBox, Words, quotation

WORDS_LIMIT = 55
LONGEST_ADDRESS = 400
_MARGIN = 6  # borders, padding and a scroll bar


class PeersScreen(WalletScreen):
    """The list; the one under the cursor in a sentence; a line to type an address in."""

    place = "peers"
    mode = ""
    drafts = ("uri",)
    AUTO_FOCUS = "#peers"  # not the filter, which is hidden: nobody types yet
    about = (
        "Other Lightning nodes that yours talks to, the connected ones (●) first. A name in "
        "quotation marks is what the node calls itself; nobody has verified it. Below the list "
        "stands how the one under the cursor stands, what was tried, and when it is dialled "
        "again. Peers with whom you have a channel are dialled by themselves and cannot be let "
        "go; others are dialled when you say so. What a node insists on or offers stands with "
        "the BOLT that explains it. The lines above say how far Bitcoin's chain is "
        "verified and by whom ({peers.show_chain} says more), and what is known of the Lightning "
        "network by gossip; payments find their ways with it."
    )
    CSS_PATH = "peers.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("peers")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._peers: PeersView | None = None
        self._asked_for: Picture | None = None
        self._asking = False
        self._pointed = ""  # somebody to move to as soon as they are there

    def body(self) -> ComposeResult:
        yield Words(id="bitcoin")
        yield Words(id="gossip")
        with Vertical(id="peers-box", classes="box"):
            with Horizontal(id="filtering", classes="asking"):
                yield Words("/")
                yield Field(id="filter", placeholder="a name, the beginning of an id, a host")
            yield Listing(id="peers", click_selects=False)
            yield Words(id="none")
            with Horizontal(id="connecting", classes="asking"):
                yield Words("Connect to:")
                yield Field(id="uri", placeholder="NODE_ID@HOST:PORT", max_length=LONGEST_ADDRESS)
            yield RefusalBox(id="refused")
        with VerticalScroll(id="peer", classes="box") as box:
            box.border_title = "How it stands"
            yield Words(id="id")
            yield Words(id="address")
            yield Words(id="sentence")
            yield Words(id="name")
            yield Words(id="said")
            yield Words(id="features")

    def on_mount(self) -> None:
        for name in ("#filtering", "#connecting"):
            self.query_one(name).display = False
        super().on_mount()
        self._listing.focus()

    @property
    def _listing(self) -> Listing:
        return self.query_one("#peers", Listing)

    # -- asking
    def draw(self, picture: Picture) -> None:
        if picture is not self._asked_for and not self._asking:
            self._asked_for, self._asking = picture, True
            self.ask("peers", self.session.node.known_peers(), self._told)
        glance = chain_words.glance(picture.status, playground=self.session.playground)
        self.query_one("#bitcoin", Words).say(f"{glance} {{peers.show_chain}}: more")
        self._show()

    def _told(self, peers: PeersView) -> None:
        """As it was at one moment; asked for again where the picture has changed meanwhile."""
        found = tuple(map(self._with_address, peers.peers))
        self._asking, self._peers = False, replace(peers, peers=found)
        if self.session.picture is not None:
            self.draw(self.session.picture)

    def _with_address(self, one: KnownPeerView) -> KnownPeerView:
        """The playground knows where its people listen."""
        people = self.session.world.people() if self.session.world is not None else ()
        uris = (person.uri.partition("@") for person in people)
        address = next((at for node_id, _, at in uris if node_id == one.peer.node_id), "")
        if one.peer.address or not address:
            return one
        return replace(one, peer=replace(one.peer, address=address))

    def _ask_again(self) -> None:
        self._asked_for = None
        if self.session.picture is not None:
            self.draw(self.session.picture)

    # -- showing
    def on_resize(self, _: events.Resize) -> None:
        self._show()

    def _show(self) -> None:
        peers, now = self._peers, self.session.now
        if peers is None:
            return
        self.query_one("#gossip", Words).say(peer_words.gossip(peers.gossip, now))
        width = self.app.size.width - _MARGIN
        typed = self.query_one("#filter", Field).value.strip()
        found = [
            one
            for one in peers.peers
            if not typed or peer_words.matches(one, self._who(one), typed)
        ]
        self._listing.show(
            Option(peer_words.row(one, self._who(one), now, width), id=one.peer.node_id)
            for one in found
        )
        if self._pointed and self._listing.move_to(self._pointed):
            self._pointed = ""
        connected = sum(one.peer.connected for one in peers.peers)
        box = self.query_one("#peers-box")
        box.border_title = peer_words.title(len(found), len(peers.peers), connected)
        none = self.query_one("#none", Words)
        none.display = not found
        none.say(peer_words.NONE_FOUND if peers.peers else peer_words.NONE_YET)
        self._show_one()

    def _who(self, one: KnownPeerView) -> str:
        return self.session.who(one.peer.node_id)

    @property
    def _one(self) -> KnownPeerView | None:
        name = self._listing.highlighted_id if self._listing.display else None
        known = () if self._peers is None else self._peers.peers
        return next((one for one in known if one.peer.node_id == name), None)

    def _waits_for(self) -> str:
        """What of the chain is awaited, while the node dials nobody before it has it."""
        picture = self.session.picture
        if picture is None or self._peers is None or not self._peers.chain_first:
            return ""
        return picture.status.waiting_for or "The newest blocks are being read."

    def _show_one(self) -> None:
        one, now = self._one, self.session.now
        self.query_one("#peer").display = one is not None
        self.offer()
        if one is None:
            return
        self.query_one("#id", Words).say(Content.styled(one.peer.node_id, "bold"))
        self._line("#address", one.peer.address and f"listens at {one.peer.address}")
        self.query_one("#sentence", Words).say(peer_words.sentence(one, now, self._waits_for()))
        # Security: what others write stands on lines of its own.
        self._line("#name", quotation("it calls itself: ", one.peer.name, WORDS_LIMIT))
        self._line("#said", quotation("it last complained: ", one.peer.last_error, WORDS_LIMIT))
        self._line("#features", peer_words.features(one))

    def _line(self, selector: str, words: Content | str) -> None:
        line = self.query_one(selector, Words)
        line.display = bool(words)
        line.say(words)

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        if not self.query_one("#connecting").display:
            self.query_one("#refused", RefusalBox).clear()
        self._show_one()

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self.action_connect_again()

    def subjects(self) -> tuple[Subject, ...]:
        one = self._one
        return () if one is None else (of_peer(one, self._who(one), self.session.now),)

    # -- doing
    def can(self, action: str) -> bool:
        one = self._one
        match action:
            case "open_to" | "copy":
                return one is not None
            case "let_go":  # the node forgets nobody with whom there is a channel
                return one is not None and (one.peer.connected or not one.channels)
            case "connect_again":
                return one is not None and not one.peer.connected and bool(one.peer.address)
            case "filter":
                return self._peers is not None and bool(self._peers.peers)
            case _:
                return True

    @property
    def renamed(self) -> dict[str, str]:
        one = self._one
        return {} if one is None else {"screen.let_go": peer_words.to_let_go(one)}

    def title_of(self, command: type[commands.Command]) -> str:
        called = {"connect_again": peer_words.to_connect, "let_go": peer_words.to_let_go}
        one, said = self._one, called.get(command.action)
        return super().title_of(command) if one is None or said is None else said(one)

    def action_copy(self) -> None:
        """Copy the address of the one under the cursor."""
        one = self._one
        if one is not None:
            self.copy(peer_words.uri(one))

    def action_open_to(self) -> None:
        """Open a channel to the one under the cursor."""
        one = self._one
        if one is not None:
            self.post_message(OpenTo(peer_words.uri(one)))

    def action_let_go(self) -> None:
        """End the connection, or forget."""
        one = self._one
        if one is not None:
            node, node_id = self.session.node, one.peer.node_id
            doing = node.disconnect(node_id) if one.peer.connected else node.forget_peer(node_id)
            self.order(doing, self._done)

    def action_connect_again(self) -> None:
        """Dial the one under the cursor."""
        one = self._one
        if one is not None and not one.peer.connected and one.peer.address:
            self._connect(peer_words.uri(one))

    async def action_show_chain(self) -> None:
        """The nodes that blocks come from."""
        await self.app.run_action("app.page('chain')")

    def action_connect(self) -> None:
        """Type or paste whom to connect to."""
        self.query_one("#refused", RefusalBox).clear()
        self.query_one("#connecting").display = True
        field = self.query_one("#uri", Field)
        field.recall(field.value)
        field.focus()

    def action_filter(self) -> None:
        """Write what to look for."""
        self.query_one("#filtering").display = True
        field = self.query_one("#filter", Field)
        field.recall(field.value)
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter":
            self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "filter":
            self._listing.focus()
        elif event.value.strip():
            self._connect(event.value.strip())

    def _connect(self, uri: str) -> None:
        self.query_one("#refused", RefusalBox).clear()
        self.query_one("#peers-box").border_subtitle = "connecting…"
        self.order(self.session.node.connect(uri), partial(self._connected, uri))

    def _connected(self, uri: str, answer: PeerView | Refused) -> None:
        self.query_one("#peers-box").border_subtitle = ""
        field = self.query_one("#uri", Field)
        if not isinstance(answer, Refused):
            self._pointed = answer.node_id
            if field.value.strip() == uri:
                field.value = ""
                self.forget_drafts()
                self._end_connecting()
        self._done(answer)

    def _done(self, answer: PeerView | Refused) -> None:
        if isinstance(answer, Refused):
            self.query_one("#refused", RefusalBox).show(answer)
        self._ask_again()

    def _end_connecting(self) -> None:
        self.query_one("#connecting").display = False
        self.query_one("#refused", RefusalBox).clear()
        self._listing.focus()

    def action_back(self) -> None:
        """First out of the line for an address, then out of the filter."""
        field = self.query_one("#filter", Field)
        if self.query_one("#connecting").display:
            self._end_connecting()
        elif self.query_one("#filtering").display:
            field.value = ""
            self.query_one("#filtering").display = False
            self._listing.focus()
        else:
            super().action_back()
