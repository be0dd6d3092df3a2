"""What a line of the tour says, as the audit's docstring lists it. Nothing in here is believed."""

from __future__ import annotations

import msgspec


class Contradiction(Exception):
    """The tour says one thing, the chain or the arithmetic another."""


def insist(holds: bool, *words: object) -> None:
    """Raise `Contradiction` unless it is so."""
    if not holds:
        raise Contradiction(" ".join(map(str, words)))


class Person(msgspec.Struct, frozen=True):
    """Somebody who owns something."""

    scripts: list[str]
    total_msat: int
    earned_msat: int


class Basepoints(msgspec.Struct, frozen=True):
    """One party's public keys, hex."""

    funding_pubkey: str
    revocation: str
    payment: str
    delayed_payment: str
    htlc: str


class Htlc(msgspec.Struct, frozen=True):
    """An HTLC in a commitment."""

    offered_by: str
    amount_msat: int
    payment_hash: str
    cltv_expiry: int


class Commitment(msgspec.Struct, frozen=True):
    """The newest commitment that a party holds."""

    number: int
    per_commitment_point: str
    tx: str
    htlcs: list[Htlc]


class Channel(msgspec.Struct, frozen=True):
    """A channel, open or closed."""

    channel_id: str
    funding_txid: str
    funding_vout: int
    capacity_sat: int
    channel_type: str
    funder: str
    push_msat: int
    feerate_per_kw: int
    balances_msat: dict[str, int]
    basepoints: dict[str, Basepoints]
    to_self_delay: dict[str, int]
    dust_limit_sat: dict[str, int]
    commitments: dict[str, Commitment]

    @property
    def anchors(self) -> bool:
        """Whether commitments have anchor outputs."""
        insist(
            self.channel_type in ("static_remotekey", "anchors"),
            f"channel {self.channel_id} has an unknown type {self.channel_type!r}",
        )
        return self.channel_type == "anchors"

    def other(self, name: str) -> str:
        """The other party."""
        (other,) = set(self.balances_msat) - {name}
        return other


class Transfer(msgspec.Struct, frozen=True, rename={"giver": "from", "receiver": "to"}):
    """An on-chain payment from one person to another."""

    txid: str
    giver: str
    receiver: str
    amount_sat: int


class Hop(msgspec.Struct, frozen=True, rename={"giver": "from", "receiver": "to"}):
    """What a payment, all its parts together, moved in one channel."""

    channel_id: str
    giver: str
    receiver: str
    amount_msat: int


class Payment(msgspec.Struct, frozen=True):
    """A settled Lightning payment."""

    payment_hash: str
    preimage: str
    payer: str
    payee: str
    amount_msat: int
    fee_msat: int
    hops: list[Hop]


class Close(msgspec.Struct, frozen=True):
    """A channel's end. All but the first three are there as far as `kind` asks for them."""

    channel_id: str
    txid: str
    kind: str
    holder: str = ""
    number: int = -1
    per_commitment_secret: str = ""
    htlcs: list[Htlc] = []


class Line(msgspec.Struct, frozen=True):
    """One step of the tour. Further fields are for people and other programs."""

    step: str
    ok: bool
    height: int
    people: dict[str, Person]
    channels: list[Channel]
    transfers: list[Transfer]
    payments: list[Payment]
    closes: list[Close]


def read_lines(text: bytes) -> list[Line]:
    """All lines of a tour; `Contradiction` where one is not of this form."""
    try:
        return [msgspec.json.decode(line, type=Line) for line in text.splitlines() if line]
    except msgspec.MsgspecError as error:
        raise Contradiction(f"the tour's JSON: {error}") from error
