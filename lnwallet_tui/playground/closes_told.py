"""What the tour tells of commitments and of channels that were closed, for an auditor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_to_hex
from lnwallet_tui.channel.commitment import commitment_number
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.keys import commitment_keys
from lnwallet_tui.channel.scripts import to_local_script
from lnwallet_tui.channel.transactions import HtlcOutput, HtlcSpec
from lnwallet_tui.playground.parties import Facts, Pair, Party, holder_of, other_than
from lnwallet_tui.playground.simchain import SimChain
from lnwallet_tui.playground.world import World


def commitment_facts(pair: Pair, party: Party) -> Facts:
    """The newest commitment that `party` holds."""
    htlcs = party.channel.our_commitment.spec.htlcs
    return {
        "number": party.channel.our_number,
        "per_commitment_point": party.point().hex(),
        "tx": party.newest().serialize().hex(),
        "htlcs": htlc_facts(pair, party.name, htlcs),
    }


def htlc_facts(pair: Pair, holder: str, htlcs: Iterable[HtlcSpec]) -> list[Facts]:
    """The HTLCs of a commitment of `holder`."""
    return [
        {
            "offered_by": holder if htlc.offered else other_than(pair, holder),
            "amount_msat": htlc.amount.value,
            "payment_hash": htlc.payment_hash.hex(),
            "cltv_expiry": htlc.cltv_expiry,
        }
        for htlc in htlcs
    ]


def settled_on_chain(chain: SimChain, pair: Pair) -> Counter[str]:
    """What each party has got, in msat, of HTLCs in a commitment that the chain holds."""
    got: Counter[str] = Counter()
    spend = pair[0].channel.spend
    holder = None if spend is None else holder_of(pair, spend.tx)
    if spend is None or holder is None:
        return got
    built = holder.built()
    for vout, output in enumerate(built.outputs):
        if isinstance(output, HtlcOutput):
            found = chain.spender(built.tx.outpoint(vout), spend.height)
            if found is not None:
                by_preimage = _is_by_preimage(found[1], built.tx.outpoint(vout), output.htlc)
                to_holder = by_preimage is not output.htlc.offered
                name = holder.name if to_holder else other_than(pair, holder.name)
                got[name] += output.htlc.amount.value
    return got


def _is_by_preimage(tx: Tx, outpoint: OutPoint, htlc: HtlcSpec) -> bool:
    [txin] = (txin for txin in tx.inputs if txin.outpoint == outpoint)
    return any(sha256(item) == htlc.payment_hash for item in txin.witness)


def close_facts(world: World, pair: Pair, tx: Tx) -> Facts:
    """A channel whose funding `tx` has spent."""
    channel = pair[0].channel
    facts: Facts = {"channel_id": channel.channel_id.hex(), "txid": txid_to_hex(tx.txid)}
    number = commitment_number(tx, channel.params(Side.US).obscuring_factor)
    if number is None:
        return {**facts, "kind": "cooperative"}
    holder = holder_of(pair, tx)
    if holder is not None:
        return {**facts, "kind": "unilateral", "holder": holder.name}
    cheat = next(party for party in pair if _held(party, number, tx))
    old = world.cheat(cheat.name).kept(channel.channel_id, number)
    return {
        **facts,
        "kind": "breach",
        "holder": cheat.name,
        "number": number,
        "per_commitment_secret": cheat.secret(number).hex(),
        "htlcs": htlc_facts(pair, cheat.name, old.spec.htlcs),
    }


def _held(party: Party, number: int, tx: Tx) -> bool:
    """Whether `tx` is a commitment of this party: only in those of its own is its `to_local`."""
    params = party.channel.params(Side.US)
    signer = party.resident.node.channel_signer(party.channel.channel_id)
    point = signer.per_commitment_point(number)
    keys = commitment_keys(params.holder, params.counterparty, point)
    script = to_local_script(keys.revocationpubkey, params.to_self_delay, keys.local_delayedpubkey)
    return p2wsh(script) in {output.script_pubkey for output in tx.outputs}
