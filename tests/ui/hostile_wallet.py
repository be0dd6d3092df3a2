"""The application in a real terminal on a node where everything that others wrote is hostile."""

from __future__ import annotations

from lnwallet_tui.ui.app import LnWalletApp
from tests.ui import views
from tests.ui.payloads import PAYLOADS
from tests.ui.scripted_node import ScriptedNode


def main() -> int:
    """Show it until somebody leaves."""
    texts = list(PAYLOADS.values())
    node = ScriptedNode()
    node.payment_views = tuple(
        views.payment(f"{number:064x}", description=text) for number, text in enumerate(texts)
    )
    everything = " ".join(one for one in texts if isinstance(one, str) and len(one) < 200)
    node.channel_views = (views.channel(name=everything),)
    node.decoded = views.decoded(description=everything)
    node.open_quoted = views.open_quote(name=everything)
    LnWalletApp(node).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
