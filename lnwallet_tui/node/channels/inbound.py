"""Channels that peers open to us, and how we introduce ourselves to peers."""

from __future__ import annotations

from functools import partial
from typing import Final

from lnwallet_tui.channel.events import OpeningTimedOut
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.opening import Acceptance, accept_open
from lnwallet_tui.channel.state import Channel, ChannelState, Forgotten, Link, Opening, Phase
from lnwallet_tui.node.blocks.chain import Chain
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.channels.rounds import Rounds
from lnwallet_tui.node.coins.wallet import Wallet
from lnwallet_tui.node.peers.gossip import our_announcement
from lnwallet_tui.node.peers.peers import Peers
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.policy import MOST_PENDING, MOST_UNPAID, OPENING_MS, WITHOUT_CHANNELS
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import OpenChannel
from lnwallet_tui.wire.scid import ShortChannelId

_ALIAS_BLOCKS: Final = 16_000_000
"""Aliases name blocks above this height, which no chain will have for 250 years."""


class Inbound:
    """Answers `open_channel`."""

    def __init__(
        self, shell: Shell, channels: Channels, peers: Peers, wallet: Wallet, chain: Chain
    ) -> None:
        self._shell, self._channels, self._peers = shell, channels, peers
        self._wallet, self._chain = wallet, chain
        self._rounds = Rounds()

    def introduce(self, peer_id: bytes) -> None:
        """Tell a peer our name, if we have one."""
        alias = self._shell.config.alias
        if alias:
            key, now = self._shell.node_key, self._shell.now()
            self._peers.send(peer_id, our_announcement(alias, key.public_key, now, key.sign))

    def asked_to_open(self, peer_id: bytes, message: OpenChannel) -> None:
        """A peer wants to open a channel to us."""
        refusal = self._refusal(peer_id, message)
        if refusal:
            self._peers.send(peer_id, Error(message.temporary_channel_id, refusal.encode()))
            return
        self._rounds.begin(self._shell.now(), peer_id, named=self._is_named(peer_id))
        with self._shell.store.transaction() as tx:
            script = self._wallet.scripts.lend(tx)
            self._chain.look_for(tx, script)
            held = self._channels.begin(peer_id)
            acceptance = Acceptance(shutdown_script=script, alias=self.fresh_alias())
            self._channels.open(held, partial(accept_open, message, acceptance))
            tx.after(partial(self._wait_for_funding, held))

    def _refusal(self, peer_id: bytes, message: OpenChannel) -> str:
        is_named = self._is_named(peer_id)
        if self._shell.config.network in WITHOUT_CHANNELS:
            return "this version has no channels on this network yet"
        if not self._shell.config.accept_all_inbound and not is_named:
            return "this wallet accepts channels only from peers that its owner knows"
        unpaid = [held for held in self._channels.everything() if _is_unpaid(held.state)]
        pending = [held.peer_id for held in unpaid if not _is_left(held.state)]
        if len(unpaid) >= MOST_UNPAID or len(pending) >= MOST_PENDING or peer_id in pending:
            return "another opening must end first"
        if self._channels.opening(peer_id, message.temporary_channel_id) is not None:
            return "this temporary_channel_id is in use"
        if self._rounds.are_enough(self._shell.now(), peer_id, named=is_named):
            return "too many channels were proposed: ask again in an hour"
        return ""

    def _is_named(self, peer_id: bytes) -> bool:
        record = self._peers.record(peer_id)
        return record is not None and record.named

    def _wait_for_funding(self, held: Held) -> None:
        if held.begun and isinstance(held.state, Opening):
            self._shell.tasks.start(self._time_out(held), "opening")

    async def _time_out(self, held: Held) -> None:
        clock = self._shell.ports.clock
        await clock.sleep_until(clock.now_ms() + OPENING_MS)
        self._shell.turns.take(partial(self._give_up, held))

    def _give_up(self, held: Held) -> None:
        if isinstance(held.state, Opening):
            self._channels.drive(held, OpeningTimedOut())

    def fresh_alias(self) -> ShortChannelId:
        """A random scid that names no place in any chain."""
        block = _ALIAS_BLOCKS + self._shell.number_below(700_000)
        return ShortChannelId(
            block, self._shell.number_below(1 << 24), self._shell.number_below(1 << 16)
        )


def _is_unpaid(state: ChannelState) -> bool:
    """Whether it was opened by the peer, and nothing was spent on it as far as the chain says."""
    match state:
        case Opening(funder=funder):
            return funder is Side.THEM
        case Channel(funder=funder, funding=funding, phase=phase):
            is_new = funding.confirmed is None and phase is not Phase.DONE
            return funder is Side.THEM and is_new
        case Forgotten():
            return False


def _is_left(state: ChannelState) -> bool:
    """Whether the peer said that it is over, or has not said since it came back that it is not."""
    return isinstance(state, Channel) and (
        state.publication is not None or state.link is not Link.LIVE
    )
