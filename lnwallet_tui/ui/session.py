"""What all screens share: the counter to the node, the playground's world, the latest picture."""

from __future__ import annotations

import os
from collections.abc import Callable

from lnwallet_tui.api.custody import CustodyApi, CustodyView
from lnwallet_tui.api.drill import DrillApi
from lnwallet_tui.api.filter import Names
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.process import ProcessApi
from lnwallet_tui.api.world import WorldApi
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.codes.drawing import Drawing
from lnwallet_tui.ui.codes.terminal import terminal_of
from lnwallet_tui.ui.keymap import Keymap, with_keys, with_keys_of_pages
from lnwallet_tui.ui.look import Look
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.tale import Tale


class Session:
    """One run of the screen. `world` is None on a real network, `picture` until it arrived;
    `forgotten` says that the world ends with the program; without a `drill` there is none.
    `custody` is None where the keys are somebody else's affair."""

    def __init__(
        self,
        node: NodeApi,
        world: WorldApi | None,
        *,
        forgotten: bool = False,
        drill: DrillApi | None = None,
        custody: CustodyApi | None = None,
    ) -> None:
        self.node = node
        self.drill = drill
        self.world = world
        self.forgotten = forgotten
        self.custody = custody
        self.process: ProcessApi | None = None  # where the node has one of its own
        self.picture: Picture | None = None
        self.working = ""  # what the playground is doing
        self.more_time = ""  # what the key for a day does while days pass
        self.can_be_stopped = False  # that
        self.gone: set[str] = set()  # people of the playground who were sent away
        self.tale = Tale(world) if world is not None else None
        self.person = ""  # the one of them who was looked at last
        self.drafts: dict[tuple[str, str], str] = {}  # typed into a place's field, not yet used
        self.marked: dict[str, int] = {}  # coins that are to be spent together, in satoshi
        self.keys: Keymap = {}  # that the user has set
        self.settings: Look | None = None  # theme, keys and the file they are in
        self.opened: set[tuple[str, ...]] = {("look",), ("wallet",)}  # groups of the settings
        self.placed: Callable[[str], str] = str  # commands in a sentence, for the wallet shown here
        self.node_lives = ""  # in which process, and until when; empty where it is this one
        self.drawing = Drawing(terminal_of(os.environ))  # of codes

    @property
    def custody_view(self) -> CustodyView | None:
        """Where the seed is, None where that is not known here."""
        return None if self.custody is None else self.custody.view()

    def forget_drafts(self, place: str) -> None:
        """What was typed there has been used, or is not wanted any more."""
        self.drafts = {key: text for key, text in self.drafts.items() if key[0] != place}

    def lacks(self, action: str) -> bool:
        """Whether there is nothing here, or nothing now, that this could be done with."""
        locked = self.picture is not None and self.picture.status.locked
        match action:
            case "page('first_run')":
                return self.custody is None
            case "lock":
                return self.process is None or locked
            case "unlock":
                return self.custody is None or not locked
            case _:
                return False

    @property
    def busy_words(self) -> str:
        """What is said of a key that waits until the playground has done something else."""
        if self.can_be_stopped:
            return self.with_keys("Time is passing: {everywhere.back} stops it, then press again.")
        return "The world is still busy. Press it again in a moment."

    def look(self) -> None:
        """Let the playground's story see how things stand."""
        if self.tale is not None and self.picture is not None:
            self.tale.look(self.picture)

    @property
    def now(self) -> int:
        """The node's time as last told, Unix seconds."""
        return self.picture.status.now if self.picture is not None else 0

    @property
    def playground(self) -> bool:
        """Whether time can be moved here."""
        return self.world is not None

    def name_of(self, node_id: str) -> str:
        """The playground's own name of that node; empty elsewhere and for strangers."""
        people = self.world.people() if self.world is not None and node_id else ()
        return next((one.name for one in people if one.uri.startswith(node_id)), "")

    def with_address(self, uri: str) -> str:
        """The id of a node alone, followed by where it listens, where the playground knows that;
        anything else as it is."""
        people = self.world.people() if self.world is not None else ()
        return next((one.uri for one in people if one.uri.partition("@")[0] == uri.lower()), uri)

    @property
    def names(self) -> Names:
        """Everybody whose name is known here: the playground's people."""
        people = self.world.people() if self.world is not None else ()
        return tuple((one.uri.partition("@")[0], one.name) for one in people)

    def who(self, node_id: str) -> str:
        """The playground's own name of that node, or the ends of its id."""
        return self.name_of(node_id) or fmt.short(node_id)

    def with_keys(self, sentence: str) -> str:
        """A sentence that names commands in braces, with the keys that they have now."""
        return with_keys(sentence, self.keys)

    def with_names(self, sentence: str) -> str:
        """A sentence of the node's, which calls a peer by the first eight digits of its id and
        knows no keys."""
        for one in self.world.people() if self.world is not None else ():
            sentence = sentence.replace(one.uri[:8], one.name)
        return with_keys_of_pages(sentence, self.keys)
