"""Lightning invoices (BOLT 11): strict to read, canonical and short to write.

Reading either gives an invoice that can be paid as it says or raises `InvoiceError`; what the
invoice says is signed, and the signature is checked before any of it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bech32 import bech32_encode

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice import bech32_text
from lnwallet_tui.invoice import fields as tagged
from lnwallet_tui.invoice.errors import COPY_AGAIN, InvoiceError
from lnwallet_tui.invoice.fields import Fields, HopHint
from lnwallet_tui.invoice.groups import Groups, from_bytes, from_int, to_bytes, to_int
from lnwallet_tui.invoice.prefix import read_prefix, write_prefix
from lnwallet_tui.wire import features as bits
from lnwallet_tui.wire.features import Features

__all__ = ["DEFAULT_EXPIRY", "HopHint", "Invoice", "InvoiceError", "decode", "encode"]

MAX_CHARACTERS: Final = 7_092
"""What fits into a QR code (upper case, lowest correction); LND has the same limit."""
DEFAULT_EXPIRY: Final = 3_600
DEFAULT_MIN_FINAL_CLTV: Final = 18

_TIMESTAMP: Final = 7
_SIGNATURE: Final = 104
_MAX_EXPIRY: Final = (1 << 35) - 1  # seconds: as many bits as the timestamp has
_MAX_MIN_FINAL_CLTV: Final = 0xFFFF  # as in a channel_update

NO_FEATURES: Final = Features()
_UNDERSTOOD: Final = Features(
    {bits.VAR_ONION_OPTIN, bits.PAYMENT_SECRET, bits.BASIC_MPP, bits.PAYMENT_METADATA}
)

SignRecoverable = Callable[[bytes], tuple[bytes, int]]
"""Digest (32 bytes) to signature (64 bytes) and recovery id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What an invoice says.

    `amount` None: the payer chooses. Exactly one of `description` and `description_hash` is set.
    `timestamp` in Unix seconds, `expiry` in seconds after it, `min_final_cltv_expiry_delta` in
    blocks. `fallbacks` are output scripts.
    """

    network: Network
    payee: bytes
    payment_hash: bytes
    payment_secret: bytes = field(repr=False)
    timestamp: int
    amount: Msat | None = None
    description: Untrusted | None = None
    description_hash: bytes | None = None
    expiry: int = DEFAULT_EXPIRY
    min_final_cltv_expiry_delta: int = DEFAULT_MIN_FINAL_CLTV
    features: Features = NO_FEATURES
    route_hints: tuple[tuple[HopHint, ...], ...] = ()
    payment_metadata: bytes | None = None
    fallbacks: tuple[bytes, ...] = ()

    @property
    def expires(self) -> int:
        """The Unix second after which it must not be paid any more."""
        return self.timestamp + self.expiry


def decode(text: str) -> Invoice:
    """Read an invoice, in lower or upper case. Raises `InvoiceError`, and nothing else."""
    if len(text) > MAX_CHARACTERS:
        raise InvoiceError("This text is longer than any Lightning invoice.", COPY_AGAIN)
    read = bech32_text.read(text)
    if read is None:
        raise InvoiceError("The invoice is incomplete, or a character of it is wrong.", COPY_AGAIN)
    hrp, groups = read
    network, amount = read_prefix(hrp)
    if len(groups) < _TIMESTAMP + _SIGNATURE:
        raise InvoiceError("The invoice is too short.", COPY_AGAIN)
    body, signature = groups[:-_SIGNATURE], groups[-_SIGNATURE:]
    fields = tagged.split_fields(body[_TIMESTAMP:])
    payee = _verified_payee(_digest(hrp, body), to_bytes(signature, "signature"), fields)
    description, description_hash = _read_description(fields)
    return Invoice(
        network=network,
        payee=payee,
        payment_hash=_required(fields, tagged.PAYMENT_HASH, "payment hash"),
        payment_secret=_required(fields, tagged.PAYMENT_SECRET, "payment secret"),
        timestamp=to_int(body[:_TIMESTAMP]),
        amount=amount,
        description=description,
        description_hash=description_hash,
        expiry=tagged.read_number(fields, tagged.EXPIRY, "expiry", DEFAULT_EXPIRY, _MAX_EXPIRY),
        min_final_cltv_expiry_delta=tagged.read_number(
            fields,
            tagged.MIN_FINAL_CLTV,
            "block distance",
            DEFAULT_MIN_FINAL_CLTV,
            _MAX_MIN_FINAL_CLTV,
        ),
        features=_read_features(fields),
        route_hints=tagged.read_route_hints(fields),
        payment_metadata=tagged.read_bytes(fields, tagged.METADATA, "metadata"),
        fallbacks=tagged.read_fallbacks(fields),
    )


def encode(invoice: Invoice, sign: SignRecoverable) -> str:
    """Write an invoice, in lower case. `sign` belongs to `invoice.payee`.

    Defaults are left out; the order of fields is that of most of BOLT 11's examples.
    """
    assert (invoice.description is None) != (invoice.description_hash is None)
    hrp = write_prefix(invoice.network, invoice.amount)
    body = from_int(invoice.timestamp, _TIMESTAMP) + _write_fields(invoice)
    digest = _digest(hrp, body)
    signature, recovery_id = sign(digest)
    assert curve.recover(digest, signature, recovery_id) == invoice.payee, "not the payee's key"
    text: str = bech32_encode(hrp, body + from_bytes(signature + bytes([recovery_id])))
    assert len(text) <= MAX_CHARACTERS, "no reader would take it"
    return text


def _digest(hrp: str, body: Groups) -> bytes:
    """BOLT 11: SHA-256 of the human-readable part and the data, "0 bits appended to pad"."""
    length = -(-len(body) * 5 // 8)
    padded = to_int(body) << length * 8 - len(body) * 5
    return sha256(hrp.encode() + padded.to_bytes(length, "big"))


def _verified_payee(digest: bytes, signature: bytes, fields: Fields) -> bytes:
    """The key that signed. With `n` it must be that one, and the signature low-S."""
    compact, recovery_id = signature[:64], signature[64]
    named = tagged.read_bytes(fields, tagged.PAYEE, "receiver")
    try:
        # BOLT 11: "MUST use the `n` field to validate the signature instead of performing
        # public-key recovery. If the signature is not compliant with the low-S standard rule: MUST
        # fail the payment"; without it "accept both high-S and low-S signatures".
        if named is None:
            return curve.recover(digest, compact, recovery_id)
        if recovery_id > 3 or not curve.verify(named, digest, compact):
            raise InvoiceError("The invoice was not signed by the receiver that it names.")
    except curve.CurveError as error:
        raise InvoiceError("The signature of the invoice is not valid.") from error
    return named


def _required(fields: Fields, kind: int, what: str) -> bytes:
    found = tagged.read_bytes(fields, kind, what)
    if found is None:
        raise InvoiceError(f"The invoice has no {what}, without which paying is not safe.")
    return found


def _read_description(fields: Fields) -> tuple[Untrusted | None, bytes | None]:
    # BOLT 11: "MUST fail the payment if neither a `d` field nor a `h` field is present, or if both
    # are present".
    if (tagged.DESCRIPTION in fields) == (tagged.DESCRIPTION_HASH in fields):
        raise InvoiceError("The invoice must say what it is for in exactly one way.")
    text = tagged.read_bytes(fields, tagged.DESCRIPTION, "description")
    if text is None:
        return None, tagged.read_bytes(fields, tagged.DESCRIPTION_HASH, "description hash")
    try:
        return Untrusted(text.decode()), None
    except UnicodeDecodeError as error:
        raise InvoiceError("The description of the invoice is not text.") from error


def _read_features(fields: Fields) -> Features:
    features = tagged.read_features(fields)
    # BOLT 11: "if the `9` field contains unknown _even_ bits that are non-zero: MUST fail the
    # payment. SHOULD indicate the unknown bit to the user".
    unknown = next(iter(bits.unknown_required(features, _UNDERSTOOD)), None)
    if unknown is not None:
        raise InvoiceError(
            f"The invoice demands a feature that this wallet does not have (bit {unknown}).",
            "Ask the receiver for an ordinary invoice, or look for a newer version of this wallet.",
        )
    # BOLT 11: "if the feature vector does not set all known, transitive feature dependencies: MUST
    # NOT attempt the payment". `payment_secret` is assumed of everybody, and checked as a field.
    if bits.missing_dependencies(features):
        raise InvoiceError("The features that the invoice names contradict each other.")
    return features


def _write_fields(invoice: Invoice) -> list[int]:
    def data(kind: int, value: bytes | None) -> list[int]:
        return [] if value is None else tagged.write_field(kind, from_bytes(value))

    def number(kind: int, value: int, default: int) -> list[int]:
        return [] if value == default else tagged.write_field(kind, from_int(value))

    text = None if invoice.description is None else invoice.description.raw().encode()
    written = [
        data(tagged.PAYMENT_SECRET, invoice.payment_secret),
        data(tagged.PAYMENT_HASH, invoice.payment_hash),
        data(tagged.DESCRIPTION, text),
        data(tagged.DESCRIPTION_HASH, invoice.description_hash),
        number(tagged.EXPIRY, invoice.expiry, DEFAULT_EXPIRY),
        number(tagged.MIN_FINAL_CLTV, invoice.min_final_cltv_expiry_delta, DEFAULT_MIN_FINAL_CLTV),
        *map(tagged.write_fallback, invoice.fallbacks),
        *map(tagged.write_route_hint, invoice.route_hints),
        data(tagged.METADATA, invoice.payment_metadata),
    ]
    mask = int.from_bytes(invoice.features.to_bytes(), "big")
    written.append(number(tagged.FEATURES, mask, 0))
    return [group for field in written for group in field]
