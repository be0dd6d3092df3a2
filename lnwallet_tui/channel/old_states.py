"""What it takes to build a commitment of the counterparty's again that it has revoked.

No penalty needs it: what was published is read from the chain. But to sign penalties before anybody
has cheated the commitment's own id must be known, and so every amount in it. The HTLCs of a state
are known for ever (held_htlcs.py); beside them twelve bytes a state say the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat, Sat
from lnwallet_tui.channel.commitment import CommitmentSpec, HtlcSpec

PACKED: Final = 4 + 8
"""Bytes of one state."""


@dataclass(frozen=True, slots=True)
class OldState:
    """Its feerate, and its holder's balance without HTLCs and before fees."""

    feerate_per_kw: int
    to_local: Msat

    @classmethod
    def of(cls, spec: CommitmentSpec) -> OldState:
        """What is kept of a commitment."""
        return cls(spec.feerate_per_kw, spec.to_local)

    def packed(self) -> bytes:
        """As it is stored."""
        return self.feerate_per_kw.to_bytes(4, "big") + self.to_local.value.to_bytes(8, "big")

    @classmethod
    def unpacked(cls, data: bytes) -> OldState | None:
        """None for the zeros in place of a state that nobody kept: no feerate is zero."""
        feerate = int.from_bytes(data[:4], "big")
        return cls(feerate, Msat(int.from_bytes(data[4:PACKED], "big"))) if feerate else None

    def spec(self, number: int, htlcs: Sequence[HtlcSpec], value: Sat) -> CommitmentSpec:
        """The commitment of that number in a channel of that value, with the HTLCs it held."""
        in_htlcs = sum((htlc.amount for htlc in htlcs), ZERO_MSAT)
        to_remote = value.to_msat() - in_htlcs - self.to_local
        return CommitmentSpec(number, self.feerate_per_kw, self.to_local, to_remote, tuple(htlcs))
