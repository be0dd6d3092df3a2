"""The playground's time: the keys that move it, and what the world does meanwhile.

One thing at a time. Mining takes a while, so whoever began it can stop it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Final

from lnwallet_tui.api.world import Spending, WorldApi
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.awaited import awaited
from lnwallet_tui.ui.messages import Answered, Have
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.plain_app import PlainApp
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session

A_DAY, LONG_WAIT = 144, 2_100
"""How many blocks the playground mines at most for something to happen."""
_STOP: Final = "{everywhere.back}: stop"
_NOTHING: Final = (
    "Nothing was expected: no channel, payment or coin of yours waits for blocks. One was mined; "
    "{everywhere.skip_day} mines a day."
)
_NEWS: Final = "Nothing was expected before this block. Now waiting for "
_GOES_ON: Final = ": {everywhere.mine_until} mines on."


class MovesTime(PlainApp):
    """What the application can do where there is a world."""

    session: Session
    _was_stopped = False  # what the world does
    _days = _day = 0  # how many are to pass, and which of them passes now; 0: none does

    def world_works(self) -> None:
        """The world has begun something, or has done it."""
        raise AssertionError("the application draws")

    def action_mine_one(self) -> None:
        """Mine one block."""
        self._move_time("mining…", lambda world: world.mine(1))

    def action_mine_until(self) -> None:
        """Mine until something happens: for a day, and for longer where a block is waited for.
        Where nothing is expected that is said, and only one block is mined: what nobody told us
        of, a cheat's transaction for one, is seen there."""
        picture, world = self.session.picture, self.session.world
        if picture is None or world is None:
            return
        what = awaited(picture, self.session.who, world.spendings())
        most = LONG_WAIT if picture.awaits_blocks() or world.spendings() else A_DAY
        self._mine_for(what, most if what else 1, picture, world)

    def _mine_for(
        self, what: str, most: int, picture: Picture, world: WorldApi, *, again: bool = True
    ) -> None:
        """Where the first block changes nothing that is seen, the key goes on `again`, once."""

        def say(mined: int) -> None:
            if mined >= most > 1:
                self._say(f"Nothing happened in {fmt.blocks(mined)}; still waiting for {what}.")
            elif again and mined == 1 and self._saw_nothing(world, what, picture):
                self._mine_for(what, most - 1, picture, world, again=False)
            else:
                self._say_what_waits(world, what, picture)

        self._mine(
            f"waiting for {what}…" if what else "nothing is expected: one block…",
            lambda world: world.mine_until_something_happens(most),
            say,
        )

    def _saw_nothing(self, world: WorldApi, expected: str, before: Picture) -> bool:
        """Whether the screen shows the same as before: less than a satoshi may have moved, or a
        part of a payment may be one step further."""
        now = self.session.picture
        return (
            bool(expected)
            and now is not None
            and not world.spendings()
            and awaited(now, self.session.who) == expected
            and now.payments == before.payments
            and [one.state for one in now.channels] == [one.state for one in before.channels]
            and now.balance.total_msat // 1000 == before.balance.total_msat // 1000
        )

    def _say_what_waits(self, world: WorldApi, expected: str, before: Picture) -> None:
        """After the block: what came with it may wait for the next one."""
        picture, spendings = self.session.picture, world.spendings()
        now = "" if picture is None else awaited(picture, self.session.who, spendings)
        if not expected:
            self._say(self.session.with_keys(f"{_NEWS}{now}{_GOES_ON}" if now else _NOTHING))
        elif any(one.what is not Spending.THEIRS for one in spendings):  # of interest to the user
            self._say(self.session.with_keys(f"Now waiting for {now}{_GOES_ON}"))
        elif picture is not None and picture.payments != before.payments:
            pass  # they are told by themselves
        elif now == expected and not spendings:
            self._say(self.session.with_keys(f"Still waiting for {now}{_GOES_ON}"))

    def action_skip_day(self) -> None:
        """Mine a day's blocks; pressed again meanwhile, have one day more pass each time."""
        if self._days and self.session.can_be_stopped:
            self._pass(self._days + 1, self._day)
        else:
            self._mine("a day passes…", self._pass_days, lambda _: None)

    async def _pass_days(self, world: WorldApi) -> int:
        """One after the other, until they were as many as are wanted by then."""
        self._pass(1, 1)
        try:
            while True:
                height = await world.skip_day()
                if self._was_stopped or self._day == self._days:
                    return height
                self._pass(self._days, self._day + 1)
        finally:
            self._days = self._day = 0
            self.session.more_time = ""

    def _pass(self, days: int, day: int) -> None:
        """So many days are to pass, and that one of them passes now."""
        self._days, self._day = days, day
        words = "a day passes…" if days == 1 else f"day {day} of {days} passes…"
        self.session.working = f"{words} {self.session.with_keys(_STOP)}"
        self.session.more_time = f"Make it {days + 1} days"
        self.world_works()

    def action_reorg(self) -> None:
        """Replace the newest block by two others."""

        def say(height: int) -> None:
            self._say(f"Two other blocks have taken the place of block {height - 1:,}.")

        self._move_time("the chain is reorganised…", lambda world: world.reorg(1), say)

    def _mine(
        self,
        words: str,
        move: Callable[[WorldApi], Coroutine[object, object, int]],
        say: Callable[[int], None],
    ) -> None:
        """Many blocks; `say` is told how many they were, where nobody stopped it."""
        world = self.session.world
        if world is None or self._is_busy():
            return
        before = world.height()

        def then(height: int) -> None:
            mined = height - before
            if self._was_stopped:
                self._say(f"Stopped after {fmt.blocks(mined)}.")
            else:
                say(mined)

        self.post_message(
            Have(f"{words} {self.session.with_keys(_STOP)}", move(world), then, can_be_stopped=True)
        )

    def halt(self) -> bool:
        """Stop the mining that is under way; whether there was any."""
        world = self.session.world
        if world is None or not self.session.can_be_stopped:
            return False
        self.session.can_be_stopped, self._was_stopped = False, True
        self.session.working, self.session.more_time = "stopping…", ""
        world.halt()
        self.world_works()
        return True

    def _move_time(
        self,
        words: str,
        move: Callable[[WorldApi], Coroutine[object, object, int]],
        then: Callable[[int], None] = lambda _: None,
    ) -> None:
        world = self.session.world
        if world is not None and not self._is_busy():
            self.post_message(Have(words, move(world), then))

    def _is_busy(self) -> bool:
        """Whether the world does something else; a key that is pressed in vain then says so."""
        if self.session.working:
            self._say(self.session.busy_words)
        return bool(self.session.working)

    def on_have(self, message: Have) -> None:
        """One thing at a time: what comes while the world is busy is not begun."""
        if self.session.working:
            message.drop()
            self._say(self.session.busy_words)
            return
        self.session.working = message.words
        self.session.can_be_stopped, self._was_stopped = message.can_be_stopped, False
        self.world_works()
        self.run_worker(self._had(message), group="world")

    async def _had(self, message: Have) -> None:
        try:
            deliver = await message.do()
        finally:
            self.session.working, self.session.can_be_stopped = "", False
        self.post_message(Answered(deliver))
        self.world_works()

    def _say(self, words: str) -> None:
        """On the page in front, in its own line for such words."""
        front = self.screen
        (front if isinstance(front, WalletScreen) else self).notify(words, timeout=4)
