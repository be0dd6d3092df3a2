"""What is looked for in the palette by a word that is no command here: it leads to where it is."""

from __future__ import annotations

from typing import Final, NamedTuple


class Signpost(NamedTuple):
    """`title` has the words that are typed; `sentence` names keys in braces."""

    title: str
    sentence: str
    action: str


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
)
