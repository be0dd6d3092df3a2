"""What a cheat adds to an honest node: it keeps old states of its channels, and publishes one.

Nothing of this is in the node: its signer would refuse. A state is signed while it is the newest,
by a copy of the signer that is thrown away, so that the node's own never hears of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Set as AbstractSet
from copy import copy
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.channel.transactions import CommitmentSpec, build_commitment, signed_by_both
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.onchain.bump import Funded, fund_second_stage
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.playground.policy_rejection import Rejection
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.playground.resident import Resident
from lnwallet_tui.playground.simchain import ChainBlock

_OPEN = (Phase.READY, Phase.SHUTTING_DOWN, Phase.NEGOTIATING)
_IN_A_HURRY: Final = 12_500  # sat/kw: more than any guard of the playground begins with


@dataclass(frozen=True, slots=True)
class KeptState:
    """A commitment of the cheat's, signed by both, and what it would give the cheat.

    `stages` are those of its HTLCs, whose preimages are not known yet, `signer` the one of then.
    """

    channel_id: bytes
    worth: Msat
    tx: Tx
    spec: CommitmentSpec
    stages: tuple[SecondStage, ...]
    signer: ChannelSigner

    @property
    def number(self) -> int:
        """Which commitment it is."""
        return self.spec.number


class Cheat:
    """Looks over the shoulder of a resident's node. At most one kept state per commitment."""

    def __init__(self, resident: Resident, regtest: Regtest) -> None:
        self._resident = resident
        self._regtest = regtest
        self._kept: dict[tuple[bytes, int], KeptState] = {}
        self._loot: dict[bytes, Tx] = {}  # by the id of the commitment that has to confirm before
        regtest.chain.listen(self)

    @property
    def name(self) -> str:
        """Who it is."""
        return self._resident.name

    # -- before
    async def watch(self) -> None:
        """Keep what the node comes by, until it is stopped."""
        async for _ in self._resident.node.feed():
            self.keep()

    def keep(self) -> None:
        """Keep the newest state of each open channel."""
        node = self._resident.node
        for channel in node.channel_states():
            name = (channel.channel_id, channel.our_number)
            if channel.phase in _OPEN and name not in self._kept:
                signer = node.channel_signer(channel.channel_id)
                self._kept[name] = kept_state(channel, signer)

    def kept(self, channel_id: bytes, number: int) -> KeptState:
        """The state of that number."""
        return self._kept[channel_id, number]

    def best(self, among: AbstractSet[bytes]) -> KeptState | None:
        """The revoked state of these channels, if still open, that would give the cheat most."""
        revoked = self._revoked(among)
        return max(revoked, key=lambda kept: (kept.worth, -kept.number), default=None)

    def newest(self, channel_id: bytes) -> int:
        """The number of the newest state of a channel that it has seen."""
        return max(number for channel, number in self._kept if channel == channel_id)

    def busiest(self, channel_id: bytes, since: int) -> KeptState | None:
        """The revoked state of the channel with most HTLCs, from that number on."""
        revoked = [kept for kept in self._revoked({channel_id}) if kept.number >= since]
        return max(revoked, key=lambda kept: (len(kept.stages), kept.worth), default=None)

    def _revoked(self, among: AbstractSet[bytes]) -> list[KeptState]:
        newest = {
            channel.channel_id: channel.our_number
            for channel in self._resident.node.channel_states()
            if channel.phase in _OPEN and channel.channel_id in among
        }
        return [
            kept for kept in self._kept.values() if kept.number < newest.get(kept.channel_id, 0)
        ]

    # -- the deed
    async def publish(self, kept: KeptState, change_script: bytes) -> Rejection | None:
        """Publish an old state, and take the largest HTLC that it can be paid to the second stage:
        in the same block, or in the next where anchors forbid that.

        The mempool's reason if the state is not relayed. Fees are the cheat's; change goes to
        `change_script`.
        """
        refused = self._regtest.publish(kept.tx)
        stage = None if refused is not None else await self._largest(kept)
        if stage is not None and stage.needs_coins:
            self._prepare(kept, stage, change_script)
        elif stage is not None:
            self._regtest.publish(stage.sign(stage.transaction.tx, kept.signer))
        return refused

    async def _largest(self, kept: KeptState) -> SecondStage | None:
        """Of the HTLCs that were offered to the cheat and whose preimage it knows."""
        stages = [one for one in kept.stages if not one.transaction.htlc.offered]
        for stage in sorted(stages, key=lambda one: -one.value.value):
            name = stage.transaction.htlc.payment_hash.hex()
            payment = await self._resident.node.payment(name)
            if not isinstance(payment, Refused) and payment.preimage:
                return dataclasses.replace(stage, preimage=bytes.fromhex(payment.preimage))
        return None

    def _prepare(self, kept: KeptState, stage: SecondStage, change_script: bytes) -> None:
        """Have it ready for the block with the commitment; without a coin for the fee it is left
        alone."""
        coins = self._resident.coins()
        funded = fund_second_stage(stage, coins, change_script, _IN_A_HURRY)
        if isinstance(funded, Funded):
            signed = stage.sign(funded.tx, kept.signer)
            signer = KeyCoinSigner(self._resident.keys)
            self._loot[kept.tx.txid] = signer.sign(signed, funded.coins)

    # -- told by the chain
    def block_connected(self, block: ChainBlock) -> None:
        """Be first: before any node has read the block."""
        for txid in block.txids:
            if txid in self._loot:
                self._regtest.publish(self._loot[txid])

    def block_disconnected(self, block: ChainBlock) -> None:
        """It comes again, or it does not."""


def kept_state(channel: Channel, signer: ChannelSigner) -> KeptState:
    """The newest commitment of this side, with both signatures."""
    params, newest = channel.params(Side.US), channel.our_commitment
    number = newest.spec.number
    built = build_commitment(params, signer.per_commitment_point(number), newest.spec)
    signature = copy(signer).sign_holder_commitment(number, built.tx, built.funding_input)
    stages = tuple(
        SecondStage(transaction, theirs, None, number, earliest=0, deadline=None)
        for transaction, theirs in zip(built.htlc_transactions, newest.htlc_signatures, strict=True)
    )
    received = (one.amount for one in newest.spec.htlcs if not one.offered)
    return KeptState(
        channel_id=channel.channel_id,
        worth=sum(received, newest.spec.to_local),
        tx=signed_by_both(params, built.tx, signature, newest.signature),
        spec=newest.spec,
        stages=stages,
        signer=copy(signer),
    )
