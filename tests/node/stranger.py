"""Somebody who speaks the protocol by hand: says what no node of ours would, and listens."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.effects import Send
from lnwallet_tui.channel.env import Env, Feerates
from lnwallet_tui.channel.events import MessageReceived
from lnwallet_tui.channel.opening import OpenRequest, open_channel
from lnwallet_tui.channel.opening_stages import _sign_theirs
from lnwallet_tui.channel.state import ChannelType, Opening
from lnwallet_tui.channel.step import step
from lnwallet_tui.keys.derive import ChannelKeyId, KeySchedule
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.net.link import in_memory_pair
from lnwallet_tui.peer.connection import InitReceived, PeerConnection
from lnwallet_tui.peer.events import MessageReceived as Heard
from lnwallet_tui.policy import REGTEST_POLICY
from lnwallet_tui.wire.bolt1 import Init
from lnwallet_tui.wire.bolt2 import AcceptChannel, FundingCreated, FundingSigned
from lnwallet_tui.wire.features import OUR_INIT_FEATURES
from lnwallet_tui.wire.message import Message
from lnwallet_tui.wire.scid import ShortChannelId
from tests.node.town import Town


class Stranger:
    """A connection to one node of a town, under a key of its own."""

    def __init__(self, town: Town, name: str, number: int = 1) -> None:
        self._town = town
        self._secret = number.to_bytes(32, "big")
        self.node_id = curve.public_key(self._secret)
        self.heard: list[Message] = []
        self._is_ready = False
        self._link, theirs = in_memory_pair(town.clock, 1)
        node = town.nodes[name]
        self._connection = PeerConnection.initiate(
            lambda pubkey: curve.ecdh(self._secret, pubkey),
            self.node_id,
            node.node_id,
            b"\x43" * 32,
            Init(b"", OUR_INIT_FEATURES.to_bytes()),
            town.clock.now_ms(),
        )
        node.accept(theirs)

    @property
    def is_open(self) -> bool:
        """Whether the other side has not hung up."""
        return not self._link._closed

    async def meet(self) -> None:
        """Handshake and `init`."""
        for _ in range(4):
            await self._turn()
        assert self._is_ready

    async def say(self, *messages: Message) -> list[Message]:
        """Send, and return what is answered."""
        before = len(self.heard)
        for message in messages:
            self._connection.send(message)
        await self._turn()
        return self.heard[before:]

    def hang_up(self) -> None:
        """End the connection."""
        self._link.close()

    async def _turn(self) -> None:
        self._link.write(self._connection.data_to_send())
        await self._town.clock.rest()
        while self._link._arrived:
            self._connection.receive_data(await self._link.read(), self._town.clock.now_ms())
        while (event := self._connection.next_event()) is not None:
            self._is_ready = self._is_ready or isinstance(event, InitReceived)
            if isinstance(event, Heard):
                self.heard.append(event.message)

    # -- opening
    async def open(self, outpoint: OutPoint, number: int = 0, funding_sat: int = 200_000) -> bool:
        """Open a channel that is funded by `outpoint`, as far as one can say so without paying."""
        accepted = await self.propose(number, funding_sat)
        if accepted is None:
            return False
        return await self._name(replace(accepted, outpoint=outpoint), self._env(number))

    async def propose(self, number: int = 0, funding_sat: int = 200_000) -> Opening | None:
        """The first half of it: what was accepted, if it was."""
        env = self._env(number)
        request = OpenRequest(
            command_id=1,
            temporary_channel_id=number.to_bytes(32, "big"),
            funding=Sat(funding_sat),
            channel_type=ChannelType.of(anchors=True),
            funding_feerate_per_kw=1_000,
            shutdown_script=b"\x00\x14" + bytes(20),
            alias=ShortChannelId(1, 1, 1),
        )
        begun = open_channel(request, env)
        assert isinstance(begun.state, Opening)
        [message] = [one.message for one in begun.effects if isinstance(one, Send)]
        for answer in await self.say(message):
            if isinstance(answer, AcceptChannel):
                accepted = step(begun.state, MessageReceived(answer), env).state
                assert isinstance(accepted, Opening)
                return accepted
        return None

    async def _name(self, opening: Opening, env: Env) -> bool:
        assert opening.outpoint is not None
        answers = await self.say(
            FundingCreated(
                opening.temporary_channel_id,
                opening.outpoint.txid,
                opening.outpoint.vout,
                _sign_theirs(opening, env),
            )
        )
        return any(isinstance(one, FundingSigned) for one in answers)

    def _env(self, number: int) -> Env:
        keys = KeySchedule(Secret(self._secret * 2), Network.REGTEST)
        return Env(
            network=Network.REGTEST,
            height=self._town.regtest.chain.height,
            now=self._town.clock.now(),
            feerates=Feerates(soon=2_500, today=1_000, minimum=253),
            policy=replace(REGTEST_POLICY, min_funding=Sat(1_000)),
            signer=Signer(keys.channel_keys(ChannelKeyId(number, bytes(32)))),
            features=OUR_INIT_FEATURES,
        )
