"""The channel backup, as the screen and the command line see it."""

from __future__ import annotations

from lnwallet_tui.api.views import View


class BackupView(View, frozen=True, kw_only=True):
    """`file` lies beside the wallet, `second` at the second place; empty where there is none.

    `channels` are listed in it; `written` is when the one beside the wallet was written last (Unix
    seconds, 0: not since the node started). `explanation` says how it stands and who must act.
    `taken`: this wallet came back from its words, and took one over.
    """

    file: str
    second: str
    channels: int
    written: int
    explanation: str
    taken: bool = False
