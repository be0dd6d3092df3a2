"""Whose an output is, and whether anything went where it should not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_from_hex, txid_to_hex
from tests.audit import bolt3
from tests.audit.facts import Channel, Close, Line, Transfer, insist
from tests.audit.ledger import Ledger

ANYBODY: Final = "(an anchor)"
_OPEN: Final = "channel "


@dataclass
class Owners:
    """Scripts and outputs by owner, growing from line to line.

    An owner is a person's name, `ANYBODY`, or `channel ` and its id.
    """

    ledger: Ledger
    scripts: dict[bytes, str] = field(default_factory=dict)
    outputs: dict[OutPoint, str] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    fundings: dict[OutPoint, str] = field(default_factory=dict)

    # -- what a line teaches
    def learn(self, line: Line) -> None:
        """Scripts, fundings and closes that the line names, each compared with the chain."""
        for name, person in line.people.items():
            for script in person.scripts:
                owner = self.scripts.setdefault(bytes.fromhex(script), name)
                insist(owner == name, f"{name} and {owner} claim the same script {script}")
        for channel in line.channels:
            self._learn_channel(channel)
        for close in line.closes:
            self._learn_close(close)

    def _learn_channel(self, channel: Channel) -> None:
        outpoint = OutPoint(txid_from_hex(channel.funding_txid), channel.funding_vout)
        out = self.ledger.outputs.get(outpoint)
        parties = list(channel.basepoints.values())
        insist(out is not None, f"the funding of channel {channel.channel_id} is not in the chain")
        assert out is not None
        insist(
            out.script_pubkey == bolt3.funding(*parties)
            and out.value.value == channel.capacity_sat,
            f"the funding output of {channel.channel_id} is not what is claimed",
        )
        self.channels[channel.channel_id] = channel
        self.fundings[outpoint] = channel.channel_id
        self.outputs[outpoint] = _OPEN + channel.channel_id

    def _learn_close(self, close: Close) -> None:
        channel, tx = self.closing(close)
        match close.kind:
            case "cooperative":
                return
            case "unilateral":
                newest = channel.commitments[close.holder]
                published = Tx.parse(bytes.fromhex(newest.tx)).txid
                insist(tx.txid == published, f"{close.txid} is not {close.holder}'s newest state")
                point = bytes.fromhex(newest.per_commitment_point)
            case "breach":
                point = public_key(bytes.fromhex(close.per_commitment_secret))
                newest = channel.commitments[close.holder]
                insist(close.number < newest.number, "a breach with the newest state is none")
            case _:
                insist(False, f"a close of kind {close.kind!r}")
                return
        self._learn_commitment(channel, close, tx, point)

    def _learn_commitment(self, channel: Channel, close: Close, tx: Tx, point: bytes) -> None:
        holder, victim = close.holder, channel.other(close.holder)
        mine, their = channel.basepoints[holder], channel.basepoints[victim]
        delay = channel.to_self_delay[holder]
        breach = close.kind == "breach"
        roles = {
            bolt3.to_local(mine, their, point, delay): victim if breach else holder,
            bolt3.to_remote(their, channel.anchors): victim,
            bolt3.anchor(mine): ANYBODY,
            bolt3.anchor(their): ANYBODY,
        }
        insist(
            not breach or bolt3.to_local(mine, their, point, delay) in
            {out.script_pubkey for out in tx.outputs},
            f"the secret of the breach {close.txid} belongs to another commitment",
        )  # fmt: skip
        for vout, out in enumerate(tx.outputs):
            owner = roles.get(out.script_pubkey, victim if breach else "")
            insist(owner != "", f"{close.txid} has an output that no party's script explains")
            self.outputs[tx.outpoint(vout)] = owner
        if breach:
            self._insist_on_justice(tx, victim)

    def _insist_on_justice(self, tx: Tx, victim: str) -> None:
        for vout in range(len(tx.outputs)):
            outpoint = tx.outpoint(vout)
            if self.outputs[outpoint] == ANYBODY or self._is_to_remote(outpoint):
                continue
            spender = self.ledger.spenders.get(outpoint)
            insist(spender is not None, f"{outpoint} of a breach was not taken")
            assert spender is not None
            takers = {self.scripts.get(out.script_pubkey) for out in spender.outputs}
            insist(takers == {victim}, f"{outpoint} of a breach went to {takers}, not {victim}")

    def _is_to_remote(self, outpoint: OutPoint) -> bool:
        script = self.ledger.outputs[outpoint].script_pubkey
        return any(
            script == bolt3.to_remote(basepoints, channel.anchors)
            for channel in self.channels.values()
            for basepoints in channel.basepoints.values()
        )

    def closing(self, close: Close) -> tuple[Channel, Tx]:
        """The channel of a close, and the transaction that spent its funding."""
        channel = self.channels.get(close.channel_id)
        insist(channel is not None, f"{close.channel_id} is closed but was never named")
        assert channel is not None
        tx = self.ledger.spenders.get(self.funding_outpoint(channel))
        insist(tx is not None, f"channel {close.channel_id} is said to be closed and is open")
        assert tx is not None
        insist(txid_to_hex(tx.txid) == close.txid, f"{close.channel_id} was closed by another tx")
        return channel, tx

    @staticmethod
    def funding_outpoint(channel: Channel) -> OutPoint:
        """Where the channel's money was or is."""
        return OutPoint(txid_from_hex(channel.funding_txid), channel.funding_vout)

    # -- questions
    def of(self, outpoint: OutPoint) -> str:
        """The one owner of an output; `Contradiction` where nobody is known to own it."""
        owner = self.outputs.get(outpoint)
        if owner is None:
            owner = self.scripts.get(self.ledger.outputs[outpoint].script_pubkey)
        insist(owner is not None, f"nobody owns {outpoint}")
        assert owner is not None
        return owner

    def check_flow(self, tx: Tx, transfers: list[Transfer], closed: set[str]) -> None:
        """Nobody's coins went to somebody else, but as the line says."""
        owners = {self.of(txin.outpoint) for txin in tx.inputs if txin.outpoint.txid != bytes(32)}
        owners.discard(ANYBODY)
        if not owners:
            return  # a coinbase, or anchors that anybody may take
        txid = txid_to_hex(tx.txid)
        if any(owner.startswith(_OPEN) for owner in owners):
            insist(txid in closed and len(owners) == 1, f"{txid} spends a channel without a close")
            return
        insist(len(owners) == 1, f"{txid} spends the coins of {sorted(owners)}")
        (giver,) = owners
        for vout, out in enumerate(tx.outputs):
            receiver = self.of(tx.outpoint(vout))
            if receiver in (giver, _OPEN + self.fundings.get(tx.outpoint(vout), "")):
                continue
            told = Transfer(txid, giver, receiver, out.value.value)
            insist(told in transfers, f"{txid} pays {receiver} out of {giver}'s coins, untold")
