"""The application: modes, the feed, what can be done everywhere.

It keeps no truth. One worker reads the node's feed and posts what it hears; handlers fold it into
the session's picture and have the screen in front draw it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual import events, work
from textual.app import SystemCommand
from textual.command import Command as PaletteCommand
from textual.command import CommandPalette
from textual.screen import Screen

from lnwallet_tui.api.custody import CustodyApi
from lnwallet_tui.api.drill import DrillApi
from lnwallet_tui.api.events import ChannelChanged, FeedEvent, GuardActed, Notice, StatusChanged
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.views import GuardView
from lnwallet_tui.api.world import WorldApi
from lnwallet_tui.ui import commands
from lnwallet_tui.ui.codes.drawing import DrawingChosen
from lnwallet_tui.ui.elsewhere import NodeElsewhere
from lnwallet_tui.ui.locking import LOCK, Locks
from lnwallet_tui.ui.look import Choice, Look
from lnwallet_tui.ui.messages import (
    Answered,
    BeginAnew,
    FeedArrived,
    Heard,
    OpenTo,
    PictureTaken,
    ScanThis,
    SendThis,
    SettingsRead,
    ToAddress,
    ToChannels,
    WentWrong,
)
from lnwallet_tui.ui.moving_time import MovesTime
from lnwallet_tui.ui.once import Once
from lnwallet_tui.ui.pages import MODES, OF_WORLD, new_screen, screen_of
from lnwallet_tui.ui.palette import Finds
from lnwallet_tui.ui.palette_keys import Palette
from lnwallet_tui.ui.picture import fold, snapshot, with_notice
from lnwallet_tui.ui.scan import files
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session

_SOON = 0.2
"""Seconds."""


class LnWalletApp(NodeElsewhere, Locks, MovesTime):
    """The wallet's screen on a node; on a playground, with its world, which is `forgotten` at the
    end where no folder keeps it."""

    ENABLE_COMMAND_PALETTE = True
    COMMANDS = MovesTime.COMMANDS | {Finds}
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self,
        node: NodeApi,
        world: WorldApi | None = None,
        settings: Path | None = None,
        *,
        forgotten: bool = False,
        drill: DrillApi | None = None,
        custody: CustodyApi | None = None,
    ) -> None:
        """`settings` is the folder with the user's settings and themes. A world that no folder
        keeps is `forgotten` in the end."""
        super().__init__()
        self.session = Session(node, world, forgotten=forgotten, drill=drill, custody=custody)
        self._look = Look(self, settings)
        self._heard: list[Notice] = []  # before there was a picture to put them in
        self._since: list[FeedEvent] = []  # heard while a picture was being taken
        self._last_number: int | None = None  # a node that ran before counts from elsewhere
        # It is drawn once what is waiting has been heard, and a picture is taken after that. What
        # looks the same, or comes with block after block of a world that mines, is not drawn, nor
        # the node asked, more often than anybody could read.
        soon = partial(self.set_timer, _SOON)
        self._redraw = Once(self.call_later, self._draw)
        self._redraw_soon = Once(soon, self._redraw)
        self._retake = Once(self.call_later, self.take_picture)
        self._retake_soon = Once(soon, self._retake)
        self._look_at_guard = Once(soon, self._ask_guard)
        self.wants_new_world = False
        for mode in MODES:
            self.add_mode(mode, partial(new_screen, mode, self.session))

    # -- starting
    def on_mount(self) -> None:
        self._heard.extend(self._look.begin())
        self.keys = self.session.keys = self._look.settings.keys
        self.session.settings = self._look
        self.session.drawing.remember(self._look.settings.codes)
        self.switch_mode("home")
        self.run_worker(self._listen(), group="feed")
        self.take_picture()
        self.greet()

    async def _listen(self) -> None:
        async for item in self.session.node.feed():
            self.post_message(FeedArrived(item))
        self.feed_ended()

    @work(exclusive=True, group="picture")
    async def take_picture(self) -> None:
        """Ask the node for everything; a newer asking replaces an older one."""
        self._since.clear()
        self.post_message(PictureTaken(await snapshot(self.session.node)))

    # -- hearing
    def on_picture_taken(self, message: PictureTaken) -> None:
        """A newer picture; what was heard while it was taken is folded in once more, because it
        may be older than that."""
        before = self.session.picture
        picture = message.picture
        for notice in reversed(before.notices if before is not None else tuple(self._heard)):
            picture = with_notice(picture, notice)
        for event in self._since:
            picture = fold(picture, event)
        self.session.picture = picture
        self._redraw()

    def on_feed_arrived(self, message: FeedArrived) -> None:
        item, picture = message.item, self.session.picture
        fell_behind = self._last_number is not None and item.number > self._last_number + 1
        is_mining = bool(self.session.working)  # at its end everything is asked for and drawn
        self._last_number = item.number
        self._since.append(item.event)
        if picture is not None:
            self.session.picture = folded = fold(picture, item.event)
            # A peer that is dialled in vain looks the same; a page that asks for more sees it soon.
            (self._redraw_soon if is_mining or folded == picture else self._redraw)()
        if fell_behind or isinstance(item.event, GuardActed | StatusChanged):
            (self._retake_soon if is_mining else self._retake)()  # the guard's moves, too
        elif isinstance(item.event, ChannelChanged):
            self._look_at_guard()

    @work(exclusive=True, group="guard")
    async def _ask_guard(self) -> None:
        """What it says now: a payment that is settled no longer limits it."""
        at = None if self.session.picture is None else self.session.picture.status.height
        guard = await self.session.node.guard()
        self.post_message(Answered(partial(self._guard_says, guard, at)))

    def _guard_says(self, guard: GuardView, at: int | None) -> None:
        if self.session.picture is not None:
            self.session.picture = replace(self.session.picture, guard=guard, guard_asked_at=at)
            self._redraw()

    def on_heard(self, message: Heard) -> None:
        if self.session.picture is None:
            self._heard.append(message.notice)
        else:
            self.session.picture = with_notice(self.session.picture, message.notice)
        self._redraw()

    def on_settings_read(self, message: SettingsRead) -> None:
        """What the file says holds from now on, where that can be seen at once."""
        self.session.keys = self._look.settings.keys
        self.use_keys(self.session.keys)
        if (picture := self.session.picture) is not None:
            left = tuple(one for one in picture.notices if one not in self._look.mended)
            self.session.picture = replace(picture, notices=left)
        if message.said:
            screen = self.screen  # whose line for that lies over no text
            (screen if isinstance(screen, WalletScreen) else self).notify(message.said, timeout=6)
        self._redraw()

    def on_went_wrong(self, message: WentWrong) -> None:
        self.run_worker(self.session.node.report(message.report), group="reports")

    def on_answered(self, message: Answered) -> None:
        message.deliver()

    def _draw(self) -> None:
        self.session.look()
        screen = self.screen
        if isinstance(screen, WalletScreen):
            screen.redraw()

    # -- going places
    async def action_mode(self, mode: str) -> None:
        """Go to one of the modes: from another one a wizard in it is found as it was left, from
        the mode itself to its own page."""
        again = self.current_mode == mode
        self._tell_of_leaving(mode)
        await self.switch_mode(mode)
        while len(self.screen_stack) > 1 and (again or not self._keeps()):
            self.pop_screen()
        if again and isinstance(self.screen, WalletScreen):
            self.screen.pressed_again()

    def _tell_of_leaving(self, mode: str) -> None:
        """What is there, and what that lies on, hears that another mode is gone to."""
        if self.current_mode != mode:
            for screen in self.screen_stack:
                if isinstance(screen, WalletScreen):
                    screen.left()

    def _keeps(self) -> bool:
        screen = self.screen
        return isinstance(screen, WalletScreen) and screen.keeps

    async def action_back(self) -> None:
        """Whatever screen is in front knows its way back; where time runs, that is stopped."""
        if self.halt():
            return
        screen = self.screen
        if isinstance(screen, WalletScreen):
            screen.action_back()

    async def on_to_channels(self, message: ToChannels) -> None:
        from lnwallet_tui.ui.screens.channels import ChannelsScreen

        screen = await self._gone_to("channels")
        if isinstance(screen, ChannelsScreen):
            screen.point_at(message.channel_id)

    async def _gone_to(self, mode: str) -> Screen[object]:
        self._tell_of_leaving(mode)
        self._leave_pages()
        await self.switch_mode(mode)
        self._leave_pages()  # what was left lying there
        return self.screen

    def _leave_pages(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def on_open_to(self, message: OpenTo) -> None:
        from lnwallet_tui.ui.screens.open_channel import OpenChannelScreen

        self.push_screen(OpenChannelScreen(self.session, message.uri, message.amount_sat))

    async def on_send_this(self, message: SendThis) -> None:
        from lnwallet_tui.ui.screens.send import SendScreen

        screen = await self._gone_to("send")
        if isinstance(screen, SendScreen):
            screen.take(message.text, message.amount_sat)
            if message.said:
                screen.notify(message.said, timeout=5)

    async def on_to_address(self, _: ToAddress) -> None:
        from lnwallet_tui.ui.screens.receive import ReceiveScreen

        screen = await self._gone_to("receive")
        if isinstance(screen, ReceiveScreen):
            screen.action_address()

    def on_paste(self, event: events.Paste) -> None:
        """Pasting where nothing takes text means: pay this. A file that is dropped on a terminal
        is pasted as its path."""
        if self.shows_nothing:
            return
        said = ScanThis if files.is_image_path(event.text) else SendThis
        self.post_message(said(event.text))

    def on_scan_this(self, message: ScanThis) -> None:
        from lnwallet_tui.ui.screens.scan import ScanScreen

        self.action_page("scan")
        screen = self.screen
        if isinstance(screen, ScanScreen):
            screen.take(message.text)

    def action_page(self, name: str) -> None:
        """Lay one of the pages on top; those of the playground only where there is one."""
        page = screen_of(name)
        if self.session.lacks(f"page('{name}')"):
            return
        if not isinstance(self.screen, page) and (self.session.playground or name not in OF_WORLD):
            self.push_screen(page(self.session))

    def _to_keys(self) -> None:
        """The settings, with the keys open."""
        from lnwallet_tui.ui.screens.settings import SettingsScreen

        self.action_page("settings")
        screen = self.screen
        if isinstance(screen, SettingsScreen):
            screen.point_at(("keys",))

    def on_drawing_chosen(self, message: DrawingChosen) -> None:
        """Codes are drawn so from now on, in this terminal, also the next time."""
        self.session.drawing.chosen = message.mode
        self._look.keep_drawing(self.session.drawing.terminal.name, message.mode)

    def on_begin_anew(self, _: BeginAnew) -> None:
        """End, so that whoever started this begins another world."""
        self.wants_new_world = True
        self.exit()

    def action_explain(self) -> None:
        """What is under the cursor, then what this screen is, and its keys."""
        from lnwallet_tui.ui.screens.explain import ExplainScreen

        screen = self.screen
        if isinstance(screen, WalletScreen) and not isinstance(screen, ExplainScreen):
            self.push_screen(ExplainScreen(self.session, screen))

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        place = screen.place if isinstance(screen, WalletScreen) else commands.EVERYWHERE
        for command in commands.usable(place, playground=self.session.playground):
            if screen.check_action(command.action, ()) is False:
                continue
            run = partial(self._run_command, commands.action_of(command))
            sentence = self.session.with_keys(command.sentence())
            title = screen.title_of(command) if isinstance(screen, WalletScreen) else command.title
            yield SystemCommand(title, sentence, run)
        if self.session.playground:  # who looks for it is told why it is not there
            yield SystemCommand(LOCK, self.why_not_locked(), self.action_lock)
        words = "Which key does what: choose others, in Settings."
        yield SystemCommand("Keys and shortcuts", words, self._to_keys)
        yield from self._look.commands()

    def on_command_palette_option_highlighted(
        self, message: CommandPalette.OptionHighlighted
    ) -> None:
        """A theme is seen as soon as the cursor is on it."""
        option = message.highlighted_event.option
        choice = option.hit.command if isinstance(option, PaletteCommand) else None
        if isinstance(choice, Choice):
            self._look.show(choice.name)
        else:
            self._look.restore()

    def on_command_palette_closed(self, message: CommandPalette.Closed) -> None:
        if not message.option_selected:
            self._look.restore()

    async def _run_command(self, action: str) -> None:
        await self.run_action(action, self.screen if action.startswith("screen.") else self)

    async def action_quit(self) -> None:
        """Leave, unless something is under way that the user should know of."""
        from lnwallet_tui.ui.screens.leave import LeaveScreen

        picture = self.session.picture
        lived_in = picture is not None and bool(picture.channels or picture.payments)
        paying = picture is not None and bool(picture.paying())
        asks = paying or (self.session.forgotten and lived_in)
        if asks and not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(self.session))
        else:
            self.exit()

    def world_works(self) -> None:
        """Draw that it does, or what came of it."""
        self.press_twice("everywhere.back" if self.session.can_be_stopped else "")
        self._redraw()
        if not self.session.working:
            self.take_picture()

    def hear(self, report: str) -> None:
        """A bug of ours that does not end the screen, told from any thread."""
        self.post_message(WentWrong(report))
