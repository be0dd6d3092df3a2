"""The guard on a second machine: nothing but a signature bundle and a source of blocks.

It knows no key. What it sees of a channel is what spends the funding output, and what spends the
outputs of that; when that is a revoked state of the bundle it publishes what was signed for it, at
a feerate that rises as the cheat's delay runs out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.tx import Tx, txid_to_hex
from lnwallet_tui.chain.watch import Follower, Spent
from lnwallet_tui.node.guard.following import Following, Outlook
from lnwallet_tui.node.words import duty_words
from lnwallet_tui.onchain.bundle import BundleDamaged, Penalty, chosen, ladder, rung_by
from lnwallet_tui.store.bundle_file import Bundle, BundledChannel, BundleHeader

_GENERATIONS: Final = 2
_SOON: Final = 2  # blocks

LIMITS: Final = (
    "It cannot punish the second stage of a channel with anchors, pay more than 150 sat for a "
    "virtual byte, meet the deadline of a payment, or close a channel. States that are newer than "
    "this bundle it does not know: write a new one now and then."
)


def standing(header: BundleHeader) -> Iterator[str]:
    """What the bundle covers, channel by channel."""
    for channel in header.channels:
        missing = channel.revoked - channel.states
        covers = "no revoked state: there is nothing to punish in it yet."
        if channel.states:
            states = duty_words.count(channel.states, "revoked state")
            covers = f"{states}, up to number {channel.newest:,}."
        ones = "one is" if missing == 1 else "ones are"
        lacks = f" {missing:,} older {ones} not in it." if missing else ""
        yield f"The channel with {channel.name}: {covers}{lacks}"


class BundleDuty:
    """Watches from `run` on, until that is cancelled."""

    def __init__(
        self, bundle: Bundle, outlook: Outlook, tell: Callable[[GuardEntry], None] = lambda _: None
    ) -> None:
        self._bundle, self._outlook, self._tell = bundle, outlook, tell
        follower = Follower(blocks=dict(reversed(bundle.header.known)))
        for channel in bundle.header.channels:
            follower.ask(channel.outpoint, channel.script, _GENERATIONS)
        self._following = Following(follower, outlook, self._look, self._say)
        self._said: set[str] = set()

    @property
    def height(self) -> int:
        """The newest block that it has read."""
        return self._following.height

    async def run(self) -> None:
        """Follow the chain, for ever."""
        await self._following.run()

    def _look(self) -> None:
        for channel in self._bundle.header.channels:
            try:
                self._look_at(channel)
            except BundleDamaged as error:
                self._say(f"The bundle is damaged: {error}.")
            except Exception as error:  # a bug with one channel leaves the others guarded
                self._following.crashed(error)

    def _look_at(self, channel: BundledChannel) -> None:
        spends = self._following.spends_of(channel.outpoint)
        if not spends:
            return
        closing = spends[0]
        state = self._bundle.state(closing.tx.txid)
        if state is None:
            self._say_once(
                f"The channel with {channel.name} was closed in block {closing.height:,}, by "
                "nothing that this bundle can punish. Open the wallet to see by what.",
                closing.tx,
            )
            return
        self._say_once(
            f"{channel.name} CHEATED: it published its old state {state.number:,} in block "
            f"{closing.height:,}. The guard takes what this bundle can take.",
            closing.tx,
        )
        there = {one.tx.txid for one in spends}
        spent = {one.outpoint for one in spends}
        penalties, feerate = ladder(state, channel.home), self._feerate(channel, closing)
        for penalty in chosen(penalties, there, spent, feerate):
            self._say_of(channel, penalty)
            self._following.publish(penalty.tx)

    def _feerate(self, channel: BundledChannel, closing: Spent) -> int:
        passed = self.height - closing.height
        estimate = self._outlook.chain.feerate_per_kw(_SOON)
        return max(estimate, rung_by(passed, channel.delay))

    def _say_of(self, channel: BundledChannel, penalty: Penalty) -> None:
        value = sum(out.value.value for out in penalty.tx.outputs) + penalty.fee.value
        self._say_once(
            f"The guard takes {value:,} sat of the closed channel with {channel.name}, for a fee "
            f"of {penalty.fee.value:,} sat.",
            penalty.tx,
        )

    def _say_once(self, text: str, tx: Tx) -> None:
        if text not in self._said:
            self._said.add(text)
            self._say(text, txid_to_hex(tx.txid))

    def _say(self, text: str, txid: str = "") -> None:
        now = self._outlook.now()
        self._tell(GuardEntry(height=self.height, time=now, text=text, txid=txid))
