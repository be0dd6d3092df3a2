"""From a block with a revoked commitment to the bytes of every transaction that punishes it, beside
what nobody can do without: to derive the keys, and to hash and sign each input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.channel.keys import derive_revocation_privkey
from lnwallet_tui.channel.shachain import index_of
from lnwallet_tui.onchain.resolve import resolve
from lnwallet_tui.onchain.sweep import plan
from lnwallet_tui.playground.engine import Engine
from tests.benchmarks.measuring import Benchmark, Sides, batch
from tests.keys.pair import keys_of
from tests.onchain.duel import OUR_HOME, QUIET, Duel, Payment, State
from tests.onchain.guard import Guard, cheap
from tests.playground.bench import Bench

_REVOKED: Final = 1
_AROUND_A_SCRIPT: Final = bytes(156)  # what BIP143 hashes with it


def _states(htlcs: int, height: int) -> list[State]:
    """State 1 has the payments, half of them each way."""
    full = QUIET
    for number in range(htlcs):
        full = full.offering(Payment(number // 2, number % 2 == 0, Msat(700_000), height + 200))
    return [QUIET, full, QUIET]


def _sides(htlcs: int) -> Callable[[], AbstractContextManager[Sides]]:
    @contextmanager
    def sides() -> Iterator[Sides]:
        with Engine() as engine:
            bench = Bench(engine)
            duel = Duel(bench, _states(htlcs, bench.chain.height))
            bench.put(duel.bobs_commitment(_REVOKED))
            guard = Guard(duel)
            times = max(1, 60 // (htlcs + 1))
            yield Sides(
                batch(_reaction(guard), times), batch(_raw_work(guard), times), "derive, hash, sign"
            )

    return sides


def _reaction(guard: Guard) -> Callable[[], object]:
    facts, view, signer = guard.facts, guard.view(), guard.duel.alice

    def react() -> list[bytes]:
        resolution = resolve(
            facts, view, signer.per_commitment_point, script=OUR_HOME, preimages={}
        )
        assert resolution is not None
        planned = plan(
            resolution.claims,
            script=OUR_HOME,
            next_height=view.height + 1,
            estimate=cheap,
            before={},
        )
        return [sweep.sign(signer).serialize() for sweep in planned.sweeps]

    assert react(), "there is something to punish"
    return react


def _raw_work(guard: Guard) -> Callable[[], object]:
    scripts = [claim.script_code for sweep in guard.plan().sweeps for claim in sweep.claims]
    keys = keys_of("alice")
    secrets, base = guard.facts.their_secrets, keys.revocation.reveal()

    def work() -> None:
        secret = secrets.secret(index_of(_REVOKED))
        assert secret is not None
        key = derive_revocation_privkey(base, secret)
        for script in scripts:
            curve.sign(key, sha256d(_AROUND_A_SCRIPT + script))

    return work


_WHY_MISSED: Final = (
    "To recognise the outputs at all, the five public keys of the revoked commitment are derived: "
    "six operations on the curve beside the four of deriving the one secret and signing twice, "
    "about one and a half times as long. Where there are HTLCs, they share that; each has a "
    "transaction of its own, so that the peer can spoil one and not all, and what is above the "
    "least prices, makes and serialises it."
)

BENCHMARKS: Final = tuple(
    Benchmark(
        f"breach.react{htlcs}",
        f"a revoked commitment with {htlcs} HTLCs is punished",
        3.0,
        _sides(htlcs),
        why_missed=_WHY_MISSED,
    )
    for htlcs in (0, 100, 483)
)
