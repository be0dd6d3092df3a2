"""Addresses: the text form of an output script, on one network."""

from __future__ import annotations

from lnwallet_tui.bitcoin import base58, bech32m, script
from lnwallet_tui.bitcoin.network import Network

__all__ = [
    "AddressError",
    "Network",
    "WrongNetworkError",
    "address_to_script",
    "script_to_address",
]


class AddressError(ValueError):
    """Not an address; the message is a plain reason without the text itself."""


class WrongNetworkError(AddressError):
    """An address, but of another network."""


def address_to_script(text: str, network: Network) -> bytes:
    """The output script that pays `text`; segwit of every version, P2PKH and P2SH."""
    segwit = any(text.lower().startswith(other.hrp + "1") for other in Network)
    return _from_bech32(text, network) if segwit else _from_base58(text, network)


def script_to_address(script_pubkey: bytes, network: Network) -> str:
    """The address of an output script; `AddressError` where its form has none."""
    parsed = script.parse_witness_program(script_pubkey)
    if parsed is not None:
        version, program = parsed
        if version or len(program) in (20, 32):
            return bech32m.encode_program(network.hrp, version, program)
    if script.is_p2pkh(script_pubkey):
        return base58.encode_check(bytes((network.pubkey_hash_version,)) + script_pubkey[3:23])
    if script.is_p2sh(script_pubkey):
        return base58.encode_check(bytes((network.script_hash_version,)) + script_pubkey[2:22])
    raise AddressError("this script has no address")


def _from_bech32(text: str, network: Network) -> bytes:
    try:
        hrp, version, program = bech32m.decode_program(text)
    except bech32m.Bech32Error as error:
        raise AddressError(str(error)) from error
    if hrp != network.hrp:
        raise WrongNetworkError(f"an address of another network than {network.value}")
    return script.witness_program(version, program)


def _from_base58(text: str, network: Network) -> bytes:
    try:
        payload = base58.decode_check(text)
    except base58.Base58Error as error:
        raise AddressError(str(error)) from error
    if len(payload) != 21:
        raise AddressError("not the length of an address")
    version, hashed = payload[0], payload[1:]
    if version == network.pubkey_hash_version:
        return script.p2pkh(hashed)
    if version == network.script_hash_version:
        return script.p2sh(hashed)
    for other in Network:
        if version in (other.pubkey_hash_version, other.script_hash_version):
            raise WrongNetworkError(f"an address of another network than {network.value}")
    raise AddressError("an address of no network that is known here")
