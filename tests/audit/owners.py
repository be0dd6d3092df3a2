"""Whose an output is, and whether anything went where it should not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_from_hex, txid_to_hex
from tests.audit import bolt3
from tests.audit.facts import Channel, Close, Htlc, Line, Transfer, insist
from tests.audit.htlcs import Fate, Published, fate, second_stages
from tests.audit.ledger import Ledger

ANYBODY: Final = "(an anchor)"
_OPEN: Final = "channel "
_NOTHING: Final = bytes(32)  # what a coinbase spends


@dataclass
class Owners:
    """Scripts and outputs by owner, growing from line to line.

    An owner is a person's name, `ANYBODY`, or `channel ` and its id. `htlcs` are outputs of
    commitments that were published, `fates` what became of those that were no breach's.
    """

    ledger: Ledger
    scripts: dict[bytes, str] = field(default_factory=dict)
    outputs: dict[OutPoint, str] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    fundings: dict[OutPoint, str] = field(default_factory=dict)
    fates: dict[str, list[tuple[Htlc, Fate]]] = field(default_factory=dict)
    htlcs: set[OutPoint] = field(default_factory=set)

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
                self._learn_unilateral(Published(channel, close.holder, point, tx), newest.htlcs)
            case "breach":
                point = public_key(bytes.fromhex(close.per_commitment_secret))
                newest = channel.commitments[close.holder]
                insist(close.number < newest.number, "a breach with the newest state is none")
                self._learn_breach(Published(channel, close.holder, point, tx), close.htlcs)
            case _:
                insist(False, f"a close of kind {close.kind!r}")

    def _learn_unilateral(self, commitment: Published, htlcs: list[Htlc]) -> None:
        holder = commitment.holder
        self._learn_balances(commitment, to_local=holder)
        for outpoint, htlc in commitment.outputs_of(htlcs).items():
            self.htlcs.add(outpoint)
            became = fate(self.ledger, commitment, outpoint, htlc)
            self.outputs[outpoint] = became.owner
            if became.second_stage is not None:
                self.outputs[became.second_stage] = holder
            self.fates.setdefault(commitment.channel.channel_id, []).append((htlc, became))
        self._insist_on_known(commitment)

    def _learn_breach(self, commitment: Published, htlcs: list[Htlc]) -> None:
        tx, victim = commitment.tx, commitment.channel.other(commitment.holder)
        insist(
            commitment.delayed_script() in {out.script_pubkey for out in tx.outputs},
            f"the secret of the breach {txid_to_hex(tx.txid)} belongs to another commitment",
        )
        self._learn_balances(commitment, to_local=victim)
        for outpoint in commitment.outputs_of(htlcs):
            self.htlcs.add(outpoint)
            self.outputs[outpoint] = victim
        self._insist_on_known(commitment)
        for vout in range(len(tx.outputs)):
            outpoint = tx.outpoint(vout)
            if self.outputs[outpoint] != ANYBODY and not self._is_to_remote(outpoint):
                self._insist_on_justice(commitment, outpoint, victim)

    def _learn_balances(self, commitment: Published, *, to_local: str) -> None:
        """Whose every output is, but for HTLCs."""
        channel, holder, tx = commitment.channel, commitment.holder, commitment.tx
        other = channel.other(holder)
        mine, their = channel.basepoints[holder], channel.basepoints[other]
        roles = {
            commitment.delayed_script(): to_local,
            bolt3.to_remote(their, channel.anchors): other,
            bolt3.anchor(mine): ANYBODY,
            bolt3.anchor(their): ANYBODY,
        }
        for vout, out in enumerate(tx.outputs):
            if out.script_pubkey in roles:
                self.outputs[tx.outpoint(vout)] = roles[out.script_pubkey]

    def _insist_on_known(self, commitment: Published) -> None:
        tx = commitment.tx
        for vout in range(len(tx.outputs)):
            insist(
                tx.outpoint(vout) in self.outputs,
                f"{txid_to_hex(tx.txid)} has an output that no party's script explains",
            )

    def _insist_on_justice(self, commitment: Published, outpoint: OutPoint, victim: str) -> None:
        """The victim took it, or what the cheat made of it."""
        spender = self.ledger.spenders.get(outpoint)
        insist(spender is not None, f"{outpoint} of a breach was not taken")
        assert spender is not None
        made = list(second_stages(commitment, spender))
        for second in made:
            self.outputs[second] = victim
            self._insist_on_justice(commitment, second, victim)
        if not made:
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
    def credited(self, channel: Channel) -> Counter[str]:
        """What the chain gave each party of a closed channel for HTLCs, in msat."""
        got: Counter[str] = Counter()
        for htlc, became in self.fates.get(channel.channel_id, []):
            got[became.owner] += htlc.amount_msat
        return got

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
        txid = txid_to_hex(tx.txid)
        given = self._given(tx)
        if any(owner.startswith(_OPEN) for owner in given):
            insist(txid in closed and len(given) == 1, f"{txid} spends a channel without a close")
            return
        if not given:
            return  # a coinbase, or anchors that anybody may take
        insist(
            len(given) == 1 or not self.htlcs.isdisjoint(txin.outpoint for txin in tx.inputs),
            f"{txid} spends the coins of {sorted(given)}",
        )
        for vout, out in enumerate(tx.outputs):
            receiver, value = self.of(tx.outpoint(vout)), out.value.value
            if given[receiver] >= value:
                given[receiver] -= value
                continue
            if receiver == _OPEN + self.fundings.get(tx.outpoint(vout), ""):
                continue
            told = [one for one in transfers if (one.txid, one.receiver) == (txid, receiver)]
            insist(
                any(one.amount_sat == value and one.giver in given for one in told),
                f"{txid} pays {receiver} out of {sorted(given)}'s coins, untold",
            )

    def _given(self, tx: Tx) -> Counter[str]:
        """What each owner put in, in sat, but for anchors."""
        given: Counter[str] = Counter()
        for txin in tx.inputs:
            if txin.outpoint.txid != _NOTHING:
                given[self.of(txin.outpoint)] += self.ledger.outputs[txin.outpoint].value.value
        del given[ANYBODY]
        return given
