"""Twenty rules, and how each is broken: mistakes that other implementations made, or could have.

A switch breaks every node in a process. It is told to nobody: those who look on are the
simulation, which keeps its own books, and property tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.chain.watch import Follower
from lnwallet_tui.channel import fees, held_htlcs, limits, reestablish, updates
from lnwallet_tui.channel.htlcs import Failed, Side
from lnwallet_tui.channel.transactions import ToLocal
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.onchain import deadlines, justice, price
from lnwallet_tui.payment import incoming
from lnwallet_tui.store import chain, payments
from lnwallet_tui.store.db import Transaction
from tests.sabotage.breaking import replace_function, replace_method

_ORDER: Final = int("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141", 16)


@dataclass(frozen=True)
class Switch:
    """`rule` is what does not hold any more once it was thrown."""

    name: str
    rule: str
    throw: Callable[[], None]


# -- commitments
def _trim_at_the_limit() -> None:
    def broken(_: Any) -> Any:
        def is_trimmed(
            amount: Msat, *, offered: bool, dust_limit: Any, feerate_per_kw: int, anchors: bool
        ) -> bool:
            fee = fees.htlc_fee(feerate_per_kw, offered, anchors)
            return bool(amount.floor_sat() <= dust_limit + fee)

        return is_trimmed

    replace_function(fees, "is_trimmed", broken)


def _spend_the_reserve() -> None:
    replace_function(limits, "_reserve", lambda _: lambda *_args: 0)


def _keep_no_buffer() -> None:
    replace_method(limits._Judge, "_spike", lambda _: lambda *_args: 0)


def _accept_high_s() -> None:
    def broken(verify: Any) -> Any:
        def verified(pubkey: bytes, digest: bytes, signature: bytes) -> bool:
            s = int.from_bytes(signature[32:], "big")
            low = signature[:32] + (_ORDER - s).to_bytes(32, "big") if 0 < s < _ORDER else signature
            return bool(verify(pubkey, digest, signature) or verify(pubkey, digest, low))

        return verified

    replace_function(curve, "verify", broken)


def _sign_what_is_revoked() -> None:
    def broken(publish: Any) -> Any:
        def published(memory: SignerMemory, number: int, tx: Any) -> Any:
            forgetful = replace(memory, released=min(memory.released, number - 1))
            kept = max(memory.released, 0)
            return replace(publish(forgetful, number, tx), released=kept)

        return published

    replace_method(SignerMemory, "publish", broken)


# -- reconnections
def _send_nothing_again() -> None:
    replace_function(reestablish, "_missing", lambda _: lambda *_args: [])


def _send_again_in_the_other_order() -> None:
    def broken(missing: Any) -> Any:
        def reversed_(channel: Any, message: Any, env: Any) -> Any:
            return missing(replace(channel, revoked_last=not channel.revoked_last), message, env)

        return reversed_

    replace_function(reestablish, "_missing", broken)


def _ignore_lost_data() -> None:
    replace_function(reestablish, "_check_proof", lambda _: lambda *_args: None)


# -- what is durable
def _send_before_the_commit() -> None:
    replace_method(Transaction, "after", lambda _: lambda _tx, effect: effect())


def _forget_the_preimage() -> None:
    """It is known in memory, and the row is written without it."""

    def broken(save: Any) -> Any:
        def saved(tx: Transaction, payment: Any) -> None:
            save(tx, replace(payment, preimage=None) if _has_a_preimage(payment) else payment)

        return saved

    replace_function(payments, "save", broken)


def _has_a_preimage(payment: Any) -> bool:
    return type(payment).__name__ == "OutgoingPayment" and payment.preimage is not None


def _forget_watches() -> None:
    replace_function(chain, "save_watch", lambda _: lambda *_args: None)


def _keep_facts_of_blocks_that_left() -> None:
    def broken(pop: Any) -> Any:
        def popped(follower: Follower, delta: Any) -> None:
            facts = dict(follower.facts)
            pop(follower, delta)
            follower.facts = facts

        return popped

    replace_method(Follower, "_pop", broken)


# -- payments
def _reveal_a_partial_set() -> None:
    def broken(joined: Any) -> Any:
        def joined_(accepted: Any, env: Any) -> Any:
            part = accepted.part
            alone = replace(part, total=part.forwarded)
            return joined(type(accepted)(accepted.invoice, alone), env)

        return joined_

    replace_function(incoming, "_joined", broken)


def _fail_back_early() -> None:
    """As soon as the peer proposes the removal of what we offered it."""

    def broken(receive: Any) -> Any:
        def received(channel: Any, htlc_id: int, failure: Any) -> Any:
            taken = receive(channel, htlc_id, failure)
            htlcs = taken.state.ledger.htlcs
            [htlc] = [one for one in htlcs if (one.id, one.offered_by) == (htlc_id, Side.US)]
            told = updates.failed(htlc) if isinstance(htlc.failure, Failed) else ()
            return type(taken)(taken.state, taken.records, (*taken.effects, *told))

        return received

    replace_function(updates, "_receive_failure", broken)


# -- the chain
def _forget_the_second_stage() -> None:
    replace_function(justice, "second_stage_penalties", lambda _: lambda *_args: ())


def _punish_the_balance_alone() -> None:
    def broken(penalties: Any) -> Any:
        def only_to_local(facts: Any, close: Any, confirmed: Any) -> Any:
            balances = {n for n, role in enumerate(close.roles) if isinstance(role, ToLocal)}
            found = penalties(facts, close, confirmed)
            return tuple(one for one in found if one.outpoint.vout in balances)

        return only_to_local

    replace_function(justice, "_penalties", broken)


def _forget_htlcs_of_revoked_states() -> None:
    replace_function(held_htlcs, "changes", lambda _: lambda *_args: ())


def _begin_the_fee_again() -> None:
    def broken(feerate_for: Any) -> Any:
        def forgetful(**terms: Any) -> Any:
            return feerate_for(**{**terms, "before": 0})

        return forgetful

    replace_function(price, "feerate_for", broken)


def _miss_what_comes_in() -> None:
    def broken(publish_by: Any) -> Any:
        def by(facts: Any, _settled: Any, *rest: Any) -> Any:
            return publish_by(facts, (), *rest)

        return by

    replace_function(deadlines, "publish_by", broken)


def _miss_what_went_out() -> None:
    replace_function(deadlines, "_give_back_by", lambda _: lambda *_args: 1 << 31)


SWITCHES: Final = tuple(
    Switch(*row)
    for row in (
        ("trim at the limit", "an HTLC of exactly the limit has an output", _trim_at_the_limit),
        ("spend the reserve", "who offers keeps the reserve", _spend_the_reserve),
        ("keep no buffer", "the funder can pay for twice the feerate", _keep_no_buffer),
        ("accept a high S", "signatures have a low S", _accept_high_s),
        ("sign what is revoked", "no revoked commitment is signed", _sign_what_is_revoked),
        ("send nothing again", "what went missing is sent again", _send_nothing_again),
        ("send again in the other order", "in the old order", _send_again_in_the_other_order),
        ("ignore lost data", "who has old data publishes nothing", _ignore_lost_data),
        ("send before the commit", "durable before visible", _send_before_the_commit),
        ("forget the preimage", "a preimage is written before all else", _forget_the_preimage),
        ("forget watches", "what is watched for survives a restart", _forget_watches),
        (
            "keep facts",
            "a block that leaves takes its facts along",
            _keep_facts_of_blocks_that_left,
        ),
        ("reveal a partial set", "no preimage of an incomplete set", _reveal_a_partial_set),
        ("fail back early", "failed back once that is irrevocable", _fail_back_early),
        ("forget the second stage", "a cheat's HTLCs are taken there", _forget_the_second_stage),
        ("punish the balance alone", "every output is taken", _punish_the_balance_alone),
        ("forget old HTLCs", "those of every state are known", _forget_htlcs_of_revoked_states),
        ("begin the fee again", "the fee of a claim never goes down", _begin_the_fee_again),
        (
            "miss what comes in",
            "what is ours by a preimage is taken in time",
            _miss_what_comes_in,
        ),
        ("miss what went out", "what expired is taken back", _miss_what_went_out),
    )
)
