"""The application in a real terminal on a node where everything that others wrote is hostile.

Arguments: the name of a payload; where the test is to see that it would see it, of a fault; and
whether that happens on the playground.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from rich.console import RenderableType
from textual.app import App
from textual.content import Content
from textual.filter import LineFilter
from textual.screen import Screen

import lnwallet_tui.ui.app
from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.events import GuardActed, Notice
from lnwallet_tui.api.logs import LogLevel, LogLine
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import (
    ChannelState,
    ChannelView,
    DecodedInvoice,
    PaymentStatus,
    PeerView,
)
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason
from lnwallet_tui.node import refusing
from lnwallet_tui.ui.app import LnWalletApp
from lnwallet_tui.ui.messages import OpenTo
from lnwallet_tui.ui.widgets.words import TheirWords
from tests.ui import chains, coins, peers, spending, views
from tests.ui.hostile.fields import joined, tainted
from tests.ui.payloads import PAYLOADS
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld

OFFLINE: Final = "bb" * 32
LIVE: Final = 7
"""The exit code where something on the screen can be clicked or followed that is not ours."""
MOST_RAW: Final = 2_000


class HostileNode(ScriptedNode):
    """Says what a peer, a payer, a payee or the network could make it say."""

    def __init__(self, payload: str | bytes) -> None:
        super().__init__()
        self._payload = payload
        self._own: dict[str, str] = {}
        away = views.channel(
            OFFLINE,
            state=ChannelState.OFFLINE,
            peer_id=views.SHOP,
            closes=(views.CLOSE_STEP,),
        )
        self.channel_views = (
            self._tainted_channel("here"),
            replace(tainted(away, payload), explanation=f"It says: {self._quoted('offline')}."),
        )
        received = views.payment("77" * 32, outgoing=False)
        failed = views.payment("78" * 32, status=PaymentStatus.FAILED, reason="It was refused.")
        self.payment_views = tuple(
            tainted(one, payload) for one in (views.payment(), received, failed)
        )
        self.holdings_view = tainted(self.holdings_view, payload)
        noted, silent = tainted(coins.coin(), payload), Untrusted("")
        other = replace(noted, coin=coins.coin(2).coin, note=silent)
        self.coin_views = (replace(noted, tx_note=silent), other)
        self.transaction_views = (tainted(coins.transaction(), payload),)
        one = peers.peer(name="?", last_error="?")
        self.peers_view = replace(peers.PEERS, peers=(tainted(one, payload),))
        self.chain_view = tainted(chains.CAUGHT_UP, payload)
        self.decoded = tainted(self.decoded, payload)
        self.open_quoted = tainted(self.open_quoted, payload)
        self.guard_view = replace(
            views.GUARD, log=(replace(views.GUARD_ENTRY, text=f"It says {self._quoted('log')}."),)
        )
        self._addressed = tainted(spending.address(25_000, "?", "?"), payload)
        self.paid = self.payment_views[0]
        refused = ChannelRefusal(
            RefusalReason.PEER_ERROR, said=Untrusted(joined("refusal", payload))
        )
        self.refusing["open_channel"] = refusing.of_channel(refused)
        self.refusing["close"] = refusing.of_channel(refused)
        self.lines = [
            LogLine(
                number=1, time=views.NOW, level=LogLevel.WARNING, area="peers", text=self._log()
            )
        ]
        self.speak(Notice(f"The network says {self._quoted('notice')}.", urgent=True))

    def _log(self) -> str:
        """As the node writes down what it was told."""
        return f"alias={Untrusted(joined('line', self._payload)).log()}"

    def _tainted_channel(self, name: str) -> ChannelView:
        here = tainted(views.channel(), self._payload)
        return replace(here, explanation=f"It says: {self._quoted(name)}.")

    def _quoted(self, name: str) -> str:
        """As the node quotes in a sentence of its own."""
        return Untrusted(joined(name, self._payload)).quoted(80)

    def forget(self) -> None:
        """Let the words into sentences as they came, as a bug of ours would."""
        raw = self._payload[:MOST_RAW]
        text = raw if isinstance(raw, str) else raw.decode("latin-1")
        said = f"<raw> {text}"
        self.status_view = replace(views.STATUS, waiting_for=said)
        self.channel_views = tuple(replace(one, explanation=said) for one in self.channel_views)
        self.payment_views = tuple(replace(one, reason=said) for one in self.payment_views)
        self.guard_view = replace(views.GUARD, log=(replace(views.GUARD_ENTRY, text=said),) * 2)
        refused = self.refusing["open_channel"]
        refused = replace(refused, message=said, remedy=said)
        self.refusing["open_channel"] = self.refusing["close"] = refused
        self.lines = [replace(one, text=said) for one in self.lines]
        self.speak(GuardActed(self.guard_view.log[0]))
        self.speak(Notice(said, said, urgent=True))

    async def decode(self, text: str) -> DecodedInvoice | Refused:
        """A link holds no invoice but an address."""
        return spending.NO_ADDRESS if text.startswith("bitcoin:") else await super().decode(text)

    async def read_address(self, text: str) -> AddressView | Refused:
        """Its own words are hostile."""
        return self._addressed if text.startswith("bitcoin:") else spending.NO_ADDRESS

    async def peers(self) -> tuple[PeerView, ...]:
        silent = Untrusted("")
        one = PeerView(
            node_id=views.SHOP, name=silent, address="", connected=False, features=(),
            last_error=silent,
        )  # fmt: skip
        return (tainted(one, self._payload),)


def world(payload: str | bytes) -> ScriptedWorld:
    """Whose people refuse whatever they are asked, because of what somebody wrote."""
    made = ScriptedWorld()
    said = Untrusted(joined("person", payload)).quoted(80)
    made.refusal = Refused(RefusalCode.PEER_REFUSED, f"They were told {said}.", "Ask others.")
    return made


class Watched(LnWalletApp):
    """Ends where a cell of the screen has become alive."""

    CSS_PATH = str(Path(lnwallet_tui.ui.app.__file__).with_name("app.tcss"))

    def on_open_to(self, message: OpenTo) -> None:
        """Whom to open to stands there already."""
        message.uri = message.uri or views.URI  # the application's own handler comes after this

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        for strip in screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                if style is not None and (style.link or "@click" in style.meta):
                    self.exit(return_code=LIVE)


def _quote_raw(self: TheirWords, words: Untrusted) -> None:
    self.update(Content(words.raw()[:MOST_RAW]))


def _quote_markup(self: TheirWords, words: Untrusted) -> None:
    self.update(Content.from_markup(words.raw()[:MOST_RAW]))


def _no_last_look() -> None:
    def toolkit_s_own(app: App[None]) -> Sequence[LineFilter]:
        return App.get_line_filters(app)

    LnWalletApp.get_line_filters = toolkit_s_own  # type: ignore[method-assign,assignment]


def _unsanitised() -> None:
    TheirWords.quote = _quote_raw  # type: ignore[method-assign]


def _unsanitised_unwatched() -> None:
    _no_last_look()
    _unsanitised()


def _as_markup() -> None:
    TheirWords.quote = _quote_markup  # type: ignore[method-assign]


FAULTS: Final[dict[str, Callable[[], None]]] = {
    "": lambda: None,
    "sentences forget": lambda: None,
    "a widget forgets": _unsanitised,
    "a widget forgets and nobody looks": _unsanitised_unwatched,
    "a widget reads markup": _as_markup,
}


def main(payload: str, fault: str, on_playground: str = "") -> int:
    """Show it until somebody leaves."""
    FAULTS[fault]()
    node = HostileNode(PAYLOADS[payload])
    if fault == "sentences forget":
        node.forget()
    app = Watched(node, world(PAYLOADS[payload]) if on_playground else None)
    app.run()
    return app.return_code or 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
