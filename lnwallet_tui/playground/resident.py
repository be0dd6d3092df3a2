"""A person with a node: the same node that a user runs, on the world's chain, time and wires."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.coins.coin import Coin, own_scripts
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.offload import Offload
from lnwallet_tui.node.shell import Ports
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.doorman import Doorman, Sights
from lnwallet_tui.playground.people import YOU, Character
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.playground.wires import Wires
from lnwallet_tui.policy import REGTEST_POLICY

_SEED_LENGTH: Final = 64  # bytes, as BIP39 makes of its words


class Resident:
    """Runs one node, which can be stopped and started again.

    `birthday` is the height at which its chain begins, `visit` how often the world was begun.

    The keys are the world's: made of its seed, kept nowhere, worth nothing. Only the user may have
    `keys` of their own words.
    """

    node: Node

    def __init__(
        self,
        character: Character,
        seed: bytes,
        folder: Path,
        *,
        clock: WorldClock,
        wires: Wires,
        regtest: Regtest,
        sights: Sights,
        birthday: int,
        visit: int,
        offload: Offload,
        keys: KeySchedule | None = None,
    ) -> None:
        self.character: Final = character
        self._seed = seed
        self._folder = folder / character.name
        self._clock, self._wires, self._regtest = clock, wires, regtest
        self._birthday = birthday
        self._visit = visit
        self._offload = offload
        self._starts = 0
        self.keys: Final = keys or self._key_schedule()
        self.doorman: Final = Doorman(
            self.name, self.keys.node_key(), clock, sights, character.answers_after
        )

    @property
    def name(self) -> str:
        """By which everybody in the playground calls them."""
        return self.character.name

    @property
    def uri(self) -> str:
        """What one pastes to connect to them."""
        return f"{self.node.node_id.hex()}@{self.character.address}"

    async def start(self) -> None:
        """Start the node, for the first time or from what its folder holds."""
        self._starts += 1
        # Other dice at each start, as the operating system's would be: what fell once must not
        # fall again, or keys and nonces would repeat.
        dice = SeededDice(self._seed, f"{self.name}'s node, {self._visit}.{self._starts}")
        ports = Ports(
            chain=self._regtest.source(self._birthday),
            dialer=self._wires.dialer(self.name),
            clock=self._clock,
            dice=dice,
            doorkeeper=self.doorman,
            offload=self._offload,
        )
        self.node = Node(self._config(), ports, self._folder, self.keys)
        await self.node.start()
        self._wires.listen(self.name, self.character.address, self.node.accept)

    async def stop(self) -> None:
        """Stop the node; its links close, its folder stays."""
        self._wires.hang_up(self.name)
        await self.node.stop()

    def coins(self) -> list[Coin]:
        """The wallet's confirmed coins as the chain knows them, the largest first."""
        scripts = self.node.wallet_scripts()
        paths = own_scripts(self.keys.account(), len(scripts), len(scripts))
        coins = [
            Coin(
                outpoint=outpoint,
                value=coin.output.value,
                script_pubkey=coin.output.script_pubkey,
                path=paths[coin.output.script_pubkey],
                height=coin.height,
                certain=True,
            )
            for outpoint, coin in self._regtest.chain.paid_to(frozenset(scripts))
        ]
        return sorted(coins, key=lambda coin: (-coin.value.value, coin.outpoint))

    def _key_schedule(self) -> KeySchedule:
        seed = SeededDice(self._seed, f"{self.name}'s wallet").bytes(_SEED_LENGTH)
        return KeySchedule(Secret(seed), Network.REGTEST)

    def _config(self) -> NodeConfig:
        anchors, delay = self.character.anchors, self.character.to_self_delay
        if self.name == YOU:
            return NodeConfig(
                Network.REGTEST,
                policy=REGTEST_POLICY,
                anchors=anchors,
                looks_behind=False,  # this chain is as old as the wallet
                backs_up=False,  # and its channels are nowhere else
            )
        return NodeConfig(
            Network.REGTEST,
            accept_all_inbound=True,
            alias=self.name,
            policy=replace(REGTEST_POLICY, to_self_delay=delay),
            anchors=anchors,
            relay=self.character.relay,
            looks_behind=False,
            backs_up=False,
        )
