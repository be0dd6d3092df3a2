"""Rows beside Electrum, in its own process: onions and invoices."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bolt11 import HopHint, Invoice, decode, encode
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import build_onion, peel_onion
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.scid import ShortChannelId
from tests.benchmarks.measuring import Benchmark, CannotRun, Sides, batch

PYTHON: Final = "/usr/bin/python3"  # the one that Debian's packages are for
PROGRAM: Final = Path("/usr/bin/electrum")
SIDE: Final = Path(__file__).with_name("electrum_side.py")
_HOPS, _INVOICES = 20, 200


@dataclass(frozen=True, slots=True)
class Work:
    """What both sides do: the same onion, the same invoices."""

    secrets: list[bytes]
    payloads: list[bytes]
    session_key: bytes = sha256(b"session key")
    associated: bytes = sha256(b"payment hash")
    invoices: list[str] = field(default_factory=list)

    @property
    def hops(self) -> list[tuple[bytes, bytes]]:
        """Each node's id with its payload."""
        return list(zip(map(curve.public_key, self.secrets), self.payloads, strict=True))

    def packet(self) -> bytes:
        """The onion as we build it."""
        return build_onion(self.session_key, self.hops, self.associated).packet

    def told(self) -> str:
        """For the other side, in one line."""
        given = {
            "pubkeys": [pubkey.hex() for pubkey, _ in self.hops],
            "payloads": [payload.hex() for payload in self.payloads],
            "session_key": self.session_key.hex(),
            "associated": self.associated.hex(),
            "secret": self.secrets[0].hex(),
            "packet": self.packet().hex(),
            "invoices": self.invoices,
        }
        return json.dumps(given) + "\n"


def some_work() -> Work:
    """Of a payment over twenty hops, and of invoices as wallets write them."""
    dice = random.Random(20)
    secrets = [sha256(bytes([number])) for number in range(_HOPS)]
    payloads = [
        HopPayload(
            amt_to_forward=Msat(250_000 + number),
            outgoing_cltv_value=800_000 + number,
            short_channel_id=ShortChannelId(800_000, number + 1, 0),
        ).encode()
        for number in range(_HOPS - 1)
    ]
    paid = PaymentData(payment_secret=sha256(b"secret"), total_msat=Msat(250_000))
    payloads.append(
        HopPayload(
            amt_to_forward=Msat(250_000), outgoing_cltv_value=800_000, payment_data=paid
        ).encode()
    )
    return Work(secrets, payloads, invoices=[_invoice(dice) for _ in range(_INVOICES)])


def _invoice(dice: random.Random) -> str:
    key = dice.randbytes(32)
    hints = tuple(
        (
            HopHint(
                node_id=curve.public_key(dice.randbytes(32)),
                short_channel_id=ShortChannelId(dice.randrange(900_000), 1, 0),
                fee_base=Msat(1_000),
                fee_proportional_millionths=dice.randrange(5_000),
                cltv_expiry_delta=80,
            ),
        )
        for _ in range(dice.randrange(3))
    )
    invoice = Invoice(
        network=Network.REGTEST,
        payee=curve.public_key(key),
        payment_hash=dice.randbytes(32),
        payment_secret=dice.randbytes(32),
        timestamp=1_700_000_000 + dice.randrange(10_000_000),
        amount=Msat(dice.randrange(1_000, 10**9) * 1_000),
        description=Untrusted("x" * dice.randrange(40)),
        min_final_cltv_expiry_delta=144,
        features=Features({8, 14, 17}),
        route_hints=hints,
    )
    return encode(invoice, lambda digest: curve.sign_recoverable(key, digest))


class Electrum:
    """The other process; it works when it is told to, while we wait."""

    def __init__(self, work: Work) -> None:
        if not PROGRAM.exists():
            raise CannotRun("Electrum is not installed (Debian: apt-get install electrum)")
        self._process = subprocess.Popen(
            [PYTHON, "-I", str(SIDE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._ask(work.told()) == "ready", "it builds the same onion"

    def timed(self, work: str, times: int) -> Callable[[], int]:
        """A batch of its work."""
        return lambda: int(self._ask(f"{work} {times}\n"))

    def end(self) -> None:
        """It has nothing more to do."""
        self._process.communicate(timeout=10)

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


def _beside(name: str, times: int, ours: Callable[[Work], Callable[[], object]]) -> Benchmark:
    says, target = _ROWS[name]

    @contextmanager
    def sides() -> Iterator[Sides]:
        work = some_work()
        other = Electrum(work)
        try:
            side = other.timed(name.split(".")[1].rstrip("0123456789"), times)
            yield Sides(batch(ours(work), times), side, "Electrum")
        finally:
            other.end()

    return Benchmark(
        name, says, target, sides, how_much_faster=True, why_missed=_WHY_MISSED.get(name, "")
    )


@contextmanager
def _two_multiplications_a_hop() -> Iterator[Sides]:
    work = some_work()
    hops = work.hops

    def multiply() -> None:
        for pubkey, _ in hops:
            curve.public_key(work.session_key)
            curve.ecdh(work.session_key, pubkey)

    yield Sides(batch(_builds(work), 20), batch(multiply, 20), "two multiplications a hop")


_WHY_MISSED: Final = {
    "onion.build20": "Electrum's library multiplies as fast as ours, and each hop needs two of it; "
    "onion.floor20 says how little is left beside them. A product in variable time would be faster "
    "and could be listened to.",
    "onion.peel": "Two multiplications are most of it on both sides, and two runs differ by as "
    "much as is missing.",
}

_ROWS: Final = {
    "onion.build20": ("an onion for 20 hops is built", 2.5),
    "onion.peel": ("a hop takes its layer off an onion", 1.7),
    "invoice.decode": ("200 invoices with up to two route hints are read", 3.0),
}


def _builds(work: Work) -> Callable[[], object]:
    hops = work.hops
    return lambda: build_onion(work.session_key, hops, work.associated)


def _peels(work: Work) -> Callable[[], object]:
    packet, secret = work.packet(), work.secrets[0]
    return lambda: peel_onion(lambda point: curve.ecdh(secret, point), packet, work.associated)


def _decodes(work: Work) -> Callable[[], object]:
    return lambda: [decode(one) for one in work.invoices]


BENCHMARKS: Final = (
    _beside("onion.build20", 20, _builds),
    Benchmark(
        "onion.floor20",
        "an onion for 20 hops is built",
        1.5,
        _two_multiplications_a_hop,
    ),
    _beside("onion.peel", 200, _peels),
    _beside("invoice.decode", 1, _decodes),
)
