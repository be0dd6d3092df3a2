"""The Bitcoin networks, and what tells their addresses, invoices and chains apart."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class _Facts(NamedTuple):
    hrp: str
    pubkey_hash_version: int
    script_hash_version: int
    coin_type: int
    genesis: str


class Network(enum.Enum):
    """A network; the value is the name that users type and that files hold."""

    MAINNET = "mainnet"
    TESTNET4 = "testnet4"
    SIGNET = "signet"
    REGTEST = "regtest"

    @property
    def hrp(self) -> str:
        """The first part of a segwit address (BIP173); testnet4 and signet share theirs."""
        return _FACTS[self].hrp

    @property
    def bolt11_prefix(self) -> str:
        """What an invoice begins with, before the amount (BOLT 11)."""
        # BOLT 11: "`ln` + BIP-0173 currency prefix (e.g. `lnbc` for Bitcoin mainnet, `lntb` for
        # Bitcoin testnet, `lntbs` for Bitcoin signet, and `lnbcrt` for Bitcoin regtest)"
        return "lntbs" if self is Network.SIGNET else "ln" + self.hrp

    @property
    def chain_hash(self) -> bytes:
        """The hash of the genesis block, in wire order: what Lightning calls the chain."""
        return bytes.fromhex(_FACTS[self].genesis)[::-1]

    @property
    def coin_type(self) -> int:
        """The second number of a BIP44 path (SLIP 44): 0, or 1 for every coin without value."""
        return _FACTS[self].coin_type

    @property
    def pubkey_hash_version(self) -> int:
        """First byte of a P2PKH address in Base58."""
        return _FACTS[self].pubkey_hash_version

    @property
    def script_hash_version(self) -> int:
        """First byte of a P2SH address in Base58."""
        return _FACTS[self].script_hash_version


_FACTS: Final = {
    Network.MAINNET: _Facts(
        "bc", 0, 5, 0, "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    ),
    Network.TESTNET4: _Facts(
        "tb", 111, 196, 1, "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043"
    ),
    Network.SIGNET: _Facts(
        "tb", 111, 196, 1, "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6"
    ),
    Network.REGTEST: _Facts(
        "bcrt", 111, 196, 1, "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
    ),
}
