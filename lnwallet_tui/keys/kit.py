"""The key kit of one channel: what the guard has of it while the wallet is closed.

It takes what a cheat published, and meets the deadlines of payments in a channel that is closed. It
has no funding key and none of the wallet's: with it nothing can be agreed with a peer, no
commitment signed, no coin spent, and what it takes goes to one script of the wallet's alone.

    content = revocation || delayed payment || HTLC basepoint secret (32 bytes each)
              || number and point of our commitment that is published (8 + 33 bytes, zeros for none)
              || script that everything is paid to
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Never, Self

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.signing import Basepoints, SignerRefused, SpentOutput
from lnwallet_tui.keys.derive import ChannelKeys
from lnwallet_tui.keys.guard_key import GuardKey, KitUnreadable
from lnwallet_tui.keys.named_key import NamedKey
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement

_SECRET, _NUMBER, _POINT = 32, 8, 33
_SECRETS: Final = 3 * _SECRET
_FIXED: Final = _SECRETS + _NUMBER + _POINT
_HTLC_OUTPUTS: Final = 1


@dataclass(frozen=True, slots=True)
class OurPublished:
    """The commitment of ours that was published: its number and point, which says which keys its
    outputs are locked to and no secret."""

    number: int
    point: bytes


@dataclass(frozen=True, slots=True)
class Kit:
    """See above. `home` is the script that everything is paid to."""

    revocation: Secret = field(repr=False)
    delayed_payment: Secret = field(repr=False)
    htlc: Secret = field(repr=False)
    home: bytes
    published: OurPublished | None = None

    @classmethod
    def of(cls, keys: ChannelKeys, home: bytes, published: OurPublished | None = None) -> Self:
        """What of a channel's keys the guard may have."""
        return cls(keys.revocation, keys.delayed_payment, keys.htlc, home, published)

    def close(self, key: GuardKey, number: int) -> bytes:
        """As it is stored, for channel `number`."""
        theirs = bytes(_NUMBER + _POINT)
        if self.published is not None:
            theirs = self.published.number.to_bytes(_NUMBER, "big") + self.published.point
        secrets = b"".join(
            one.reveal() for one in (self.revocation, self.delayed_payment, self.htlc)
        )
        return key.close(number, Secret(secrets + theirs + self.home))

    @classmethod
    def open(cls, key: GuardKey, number: int, row: bytes) -> Self:
        """What was stored. Raises `KitUnreadable`."""
        content = key.open(number, row).reveal()
        if len(content) <= _FIXED:
            raise KitUnreadable(f"The key kit of channel {number} is too short.")
        secrets = [Secret(content[at : at + _SECRET]) for at in range(0, _SECRETS, _SECRET)]
        of_ours, point = content[_SECRETS : _SECRETS + _NUMBER], content[_FIXED - _POINT : _FIXED]
        published = OurPublished(int.from_bytes(of_ours, "big"), point) if any(point) else None
        revocation, delayed_payment, htlc = secrets
        return cls(revocation, delayed_payment, htlc, content[_FIXED:], published)


class KitSigner:
    """Implements `channel.signing.ChannelSigner` as far as the kit goes, and refuses the rest."""

    def __init__(self, kit: Kit, basepoints: Basepoints) -> None:
        self._kit = kit
        self._basepoints = basepoints
        self._keys: dict[tuple[str, bytes], NamedKey] = {}

    def __repr__(self) -> str:
        return f"KitSigner({self._basepoints.funding_pubkey.hex()})"

    @property
    def basepoints(self) -> Basepoints:
        """The channel's public keys; not all of their secrets are here."""
        return self._basepoints

    def per_commitment_point(self, number: int) -> bytes:
        """Of the commitment of ours that was published; the kit cannot make any."""
        published = self._kit.published
        if published is None or published.number != number:
            raise SignerRefused(f"the key kit knows no commitment {number} of ours")
        return published.point

    # -- what it does
    def sign_penalty(self, tx: Tx, spent: SpentOutput, per_commitment_secret: bytes) -> bytes:
        """Take a revoked output."""
        self._expect_home(tx)
        name = "revocation", per_commitment_secret
        if name not in self._keys:
            key = NamedKey.revocation(self._kit.revocation, per_commitment_secret)
            self._keys = {name: key}  # a commitment can hold hundreds of HTLCs, all by one key
        return self._keys[name].sign(tx, spent)

    def sign_htlc_claim(self, tx: Tx, spent: SpentOutput, per_commitment_point: bytes) -> bytes:
        """Take an HTLC output of their commitment."""
        self._expect_home(tx)
        return NamedKey.tweaked(self._kit.htlc, per_commitment_point).sign(tx, spent)

    def sign_delayed(self, tx: Tx, spent: SpentOutput, number: int) -> bytes:
        """Take a delayed output of our published commitment."""
        self._expect_home(tx)
        point = self.per_commitment_point(number)
        return NamedKey.tweaked(self._kit.delayed_payment, point).sign(tx, spent)

    def sign_holder_htlc(self, tx: Tx, spent: SpentOutput, number: int) -> bytes:
        """Our half of an HTLC transaction of our published commitment: it pays to our own delayed
        output, and whatever is added behind that, to the one script."""
        self._expect_home(tx, first=_HTLC_OUTPUTS)
        point = self.per_commitment_point(number)
        return NamedKey.tweaked(self._kit.htlc, point).sign(tx, spent)

    def _expect_home(self, tx: Tx, first: int = 0) -> None:
        if any(txout.script_pubkey != self._kit.home for txout in tx.outputs[first:]):
            raise SignerRefused("the key kit pays to the wallet only")

    # -- what it has no keys for
    def release_secret(self, number: int) -> Never:
        """It revokes nothing."""
        self._refuse(number)

    def accept_holder_commitment(self, number: int) -> Never:
        """It agrees to nothing."""
        self._refuse(number)

    def sign_counterparty_commitment(self, number: int, tx: Tx, funding: SpentOutput) -> Never:
        """It agrees to nothing."""
        self._refuse(number, tx, funding)

    def sign_counterparty_htlc(
        self, tx: Tx, spent: SpentOutput, per_commitment_point: bytes
    ) -> Never:
        """It agrees to nothing."""
        self._refuse(tx, spent, per_commitment_point)

    def sign_holder_commitment(self, number: int, tx: Tx, funding: SpentOutput) -> Never:
        """It closes nothing."""
        self._refuse(number, tx, funding)

    def sign_closing(self, tx: Tx, funding: SpentOutput) -> Never:
        """It closes nothing."""
        self._refuse(tx, funding)

    def sign_to_remote(self, tx: Tx, spent: SpentOutput) -> Never:
        """Nobody else can take that: it waits for the wallet."""
        self._refuse(tx, spent)

    def sign_anchor(self, tx: Tx, spent: SpentOutput) -> Never:
        """That is the funding key's."""
        self._refuse(tx, spent)

    def sign_announcement(self, announcement: ChannelAnnouncement) -> Never:
        """It says nothing to anybody."""
        self._refuse(announcement)

    def _refuse(self, *_: object) -> Never:
        raise SignerRefused("the key kit has no key for this")
