"""BOLT 3 once more, in the auditor's own words: which scripts a commitment pays, and how much.

*Holder* is who can publish a commitment; an HTLC is *offered* if the holder offers it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lnwallet_tui.bitcoin.curve import point_add, point_mul, point_tweak_add
from lnwallet_tui.bitcoin.hashes import hash160, ripemd160, sha256
from tests.audit.facts import Basepoints, Channel, Htlc

ANCHOR_SAT: Final = 330
_WEIGHT: Final = {False: 724, True: 1124}
_WEIGHT_OF_AN_HTLC: Final = 172
_WEIGHT_OF_TIMEOUT, _WEIGHT_OF_SUCCESS = 663, 703  # without anchors, which pay nothing here

_IF, _ELSE, _ENDIF, _DROP, _CHECKSIG = b"\x63", b"\x67", b"\x68", b"\x75", b"\xac"
_CSV, _IFDUP, _NOTIF, _16, _1 = b"\xb2", b"\x73", b"\x64", b"\x60", b"\x51"
_CHECKSIGVERIFY, _2, _CHECKMULTISIG = b"\xad", b"\x52", b"\xae"
_DUP, _HASH160, _EQUAL, _EQUALVERIFY = b"\x76", b"\xa9", b"\x87", b"\x88"
_SWAP, _SIZE, _CLTV = b"\x7c", b"\x82", b"\xb1"


def _push(data: bytes) -> bytes:
    return bytes([len(data)]) + data


def _number(number: int) -> bytes:
    if number <= 16:
        return bytes([0x50 + number])
    size = number.bit_length() // 8 + 1  # one bit more, for the sign
    return _push(number.to_bytes(size, "little"))


def p2wsh(script: bytes) -> bytes:
    """The output script of a witness script."""
    return b"\x00" + _push(sha256(script))


def p2wpkh(pubkey: bytes) -> bytes:
    """The output script of a key."""
    return b"\x00" + _push(hash160(pubkey))


def _blinded(basepoint: bytes, point: bytes) -> bytes:
    return point_add(
        point_mul(basepoint, sha256(basepoint + point)),
        point_mul(point, sha256(point + basepoint)),
    )


def _tweaked(basepoint: bytes, point: bytes) -> bytes:
    return point_tweak_add(basepoint, sha256(point + basepoint))


def funding(one: Basepoints, other: Basepoints) -> bytes:
    """The output script of the funding."""
    first, second = sorted(map(bytes.fromhex, (one.funding_pubkey, other.funding_pubkey)))
    return p2wsh(_2 + _push(first) + _push(second) + _2 + _CHECKMULTISIG)


def to_local(holder: Basepoints, counterparty: Basepoints, point: bytes, delay: int) -> bytes:
    """The output script of the holder's delayed money."""
    revocation = _blinded(bytes.fromhex(counterparty.revocation), point)
    delayed = _tweaked(bytes.fromhex(holder.delayed_payment), point)
    return p2wsh(
        _IF + _push(revocation) + _ELSE + _number(delay) + _CSV + _DROP + _push(delayed)
        + _ENDIF + _CHECKSIG
    )  # fmt: skip


def to_remote(counterparty: Basepoints, anchors: bool) -> bytes:
    """The output script of the counterparty's money."""
    payment = bytes.fromhex(counterparty.payment)
    if not anchors:
        return p2wpkh(payment)
    return p2wsh(_push(payment) + _CHECKSIGVERIFY + _1 + _CSV)


def anchor(owner: Basepoints) -> bytes:
    """The output script of an anchor."""
    key = _push(bytes.fromhex(owner.funding_pubkey))
    return p2wsh(key + _CHECKSIG + _IFDUP + _NOTIF + _16 + _CSV + _ENDIF)


def htlc(
    holder: Basepoints,
    counterparty: Basepoints,
    point: bytes,
    one: Htlc,
    offered: bool,
    anchors: bool,
) -> bytes:
    """The output script of an HTLC."""
    revocation = _blinded(bytes.fromhex(counterparty.revocation), point)
    local = _tweaked(bytes.fromhex(holder.htlc), point)
    remote = _tweaked(bytes.fromhex(counterparty.htlc), point)
    image = _push(ripemd160(bytes.fromhex(one.payment_hash)))
    both = _2 + _SWAP + _push(local) + _2 + _CHECKMULTISIG
    by_preimage = _HASH160 + image + _EQUALVERIFY
    if offered:
        rest = _NOTIF + _DROP + both + _ELSE + by_preimage + _CHECKSIG + _ENDIF
    else:
        rest = (
            _IF + by_preimage + both + _ELSE + _DROP + _number(one.cltv_expiry) + _CLTV + _DROP
            + _CHECKSIG + _ENDIF
        )  # fmt: skip
    return p2wsh(
        _DUP + _HASH160 + _push(hash160(revocation)) + _EQUAL + _IF + _CHECKSIG + _ELSE
        + _push(remote) + _SWAP + _SIZE + _number(32) + _EQUAL + rest
        + (_1 + _CSV + _DROP if anchors else b"") + _ENDIF
    )  # fmt: skip


def htlc_fee(channel: Channel, offered: bool) -> int:
    """What the second stage pays by itself, in sat."""
    if channel.anchors:
        return 0
    weight = _WEIGHT_OF_TIMEOUT if offered else _WEIGHT_OF_SUCCESS
    return channel.feerate_per_kw * weight // 1000


def mask(channel: Channel) -> int:
    """The 48 bits that hide a commitment's number."""
    funder = channel.basepoints[channel.funder]
    fundee = channel.basepoints[channel.other(channel.funder)]
    both = bytes.fromhex(funder.payment + fundee.payment)
    return int.from_bytes(sha256(both)[-6:], "big")


def payouts(channel: Channel, holder: str, point: bytes) -> list[tuple[int, bytes]]:
    """(sat, script) of every output of the holder's commitment to the channel's balances and to
    its HTLCs."""
    counterparty = channel.other(holder)
    mine, their = channel.basepoints[holder], channel.basepoints[counterparty]
    dust = channel.dust_limit_sat[holder]
    htlcs = [
        (one.amount_msat // 1000, htlc(mine, their, point, one, offered, channel.anchors))
        for one in channel.commitments[holder].htlcs
        if one.amount_msat // 1000 >= dust + htlc_fee(channel, offered := one.offered_by == holder)
    ]
    weight = _WEIGHT[channel.anchors] + _WEIGHT_OF_AN_HTLC * len(htlcs)
    cost = channel.feerate_per_kw * weight // 1000 + 2 * ANCHOR_SAT * channel.anchors

    def after_cost(name: str) -> int:
        value = channel.balances_msat[name] // 1000
        return max(0, value - cost) if name == channel.funder else value

    parts: list[tuple[int, Callable[[], bytes], Basepoints]] = [
        (
            after_cost(holder),
            lambda: to_local(mine, their, point, channel.to_self_delay[holder]),
            mine,
        ),
        (after_cost(counterparty), lambda: to_remote(their, channel.anchors), their),
    ]
    kept = [(value, script(), owner) for value, script, owner in parts if value >= dust]
    outputs = htlcs + [(value, script) for value, script, _ in kept]
    if channel.anchors:
        anchored = [mine, their] if htlcs else [owner for _, _, owner in kept]
        outputs += [(ANCHOR_SAT, anchor(owner)) for owner in anchored]
    return sorted(outputs)
