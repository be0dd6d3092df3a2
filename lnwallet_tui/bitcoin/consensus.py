"""What a block header must satisfy on each network, as far as headers alone can tell.

The numbers are Bitcoin Core's (src/kernel/chainparams.cpp, pow.cpp, validation.cpp, as of version
31) and BIP94's. Signet's blocks need a signature as well (BIP325). It stands in the coinbase, so
no header shows it: who has a block could check it, who has headers cannot. Proof of work is nearly
free there, so a chain of signet headers is worth as much as the checkpoints below, and behind them
as the peers who agree on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.block import BlockHeader, bits_from_target, target_from_bits
from lnwallet_tui.bitcoin.network import Network

PERIOD: Final = 2_016
"""Blocks between two changes of the difficulty."""
PERIOD_SECONDS: Final = 14 * 24 * 60 * 60
MEDIAN_SPAN: Final = 11
"""A block's time must be above the median of so many before it."""
MAX_FUTURE_SECONDS: Final = 2 * 60 * 60
"""How far a block's time may be ahead of our clock."""
MIN_DIFFICULTY_SECONDS: Final = 20 * 60
"""BIP94: "If the block's timestamp is >20 minutes past the timestamp of the previous block"."""
MAX_TIMEWARP_SECONDS: Final = 600
"""BIP94: "greater than or equal to the nTime field of the immediately prior block minus 600"."""


@dataclass(frozen=True, slots=True)
class ChainRules:
    """One network's rules for headers, and what is known of its chain.

    `versions` are (height, least version): from there on older ones are refused (BIP34, 66, 65).
    `checkpoints` are hashes in wire order by height. The real chain had `minimum_work` at
    `proven_at`: one that has less there is none, and less than that is not worth to be believed.
    """

    genesis: BlockHeader
    pow_limit: int
    versions: tuple[tuple[int, int], ...]
    minimum_work: int = 0
    proven_at: int = 0
    checkpoints: Mapping[int, bytes] = field(default_factory=dict)
    retargets: bool = True
    min_difficulty_when_late: bool = False
    bip94: bool = False

    @property
    def limit_bits(self) -> int:
        """The easiest target in compact form."""
        return bits_from_target(self.pow_limit)

    def target(self, bits: int) -> int | None:
        """What a hash must not exceed; None for bits that no block of this network may have."""
        target = target_from_bits(bits)
        return target if 0 < target <= self.pow_limit else None

    def next_bits(self, first: tuple[int, int], last: tuple[int, int]) -> int:
        """What a period begins with, by (time, bits) of the first and last block of that before."""
        if not self.retargets:
            return last[1]
        seconds = last[0] - first[0]
        seconds = min(max(seconds, PERIOD_SECONDS // 4), PERIOD_SECONDS * 4)
        # BIP94: "The base difficulty value MUST be taken from the first block of the previous
        # difficulty period", since the last one may be a block of minimum difficulty.
        base = target_from_bits(first[1] if self.bip94 else last[1])
        return bits_from_target(min(base * seconds // PERIOD_SECONDS, self.pow_limit))

    def least_version(self, height: int) -> int:
        """What the version of a block at `height` may not be below."""
        return max(
            (version for since, version in self.versions if height >= since), default=-(2**31)
        )


def rules_of(network: Network) -> ChainRules:
    """The rules of a network."""
    return _RULES[network]


def _wire(hashes: dict[int, str]) -> dict[int, bytes]:
    return {height: bytes.fromhex(text)[::-1] for height, text in hashes.items()}


def _genesis(root: str, time: int, bits: int, nonce: int) -> BlockHeader:
    return BlockHeader(1, bytes(32), bytes.fromhex(root)[::-1], time, bits, nonce)


_FIRST_COINBASE: Final = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
_TESTNET4_COINBASE: Final = "7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e"

_MAINNET_CHECKPOINTS: Final = {
    # Bitcoin Core until version 29, checkpointData.
    11_111: "0000000069e244f73d78e8fd29ba2fd2ed618bd6fa2ee92559f542fdb26e7c1d",
    33_333: "000000002dd5588a74784eaa7ab0507a18ad16a236e7b1ce69f00d7ddfb5d0a6",
    74_000: "0000000000573993a3c9e41ce34471c079dcf5f52a0e824a81e7f953b8661a20",
    105_000: "00000000000291ce28027faea320c8d2b054b2e0fe44a773f3eefb151d6bdc97",
    134_444: "00000000000005b12ffd4cd315cd34ffd4a594f430ac814c91184a0d42d2b0fe",
    168_000: "000000000000099e61ea72015e79632f216fe6cb33d7899acb35b75c8303b763",
    210_000: "000000000000048b95347e83192f69cf0366076336c639f9b7228e9ba171342e",
    250_000: "000000000000003887df1f29024b06fc2200b55f8af8f35453d7be294df2d214",
    295_000: "00000000000000004d9b4ef50f0f9d686fd69db2e03af35a100370c64632a983",
    # Electrum's checkpoints.json; bitcoinj's checkpoints name the same as the parent of the next.
    350_783: "000000000000000012d24ce222e3c81d4c148f2bce88f752c0dba184c3bc6844",
    403_199: "00000000000000000404b6939e6c35a5448386e5d58f318c82ce2fefb7d73e47",
    451_583: "00000000000000000276deb4022f66cacd929c690cd6b4f7e740836b614b21f4",
    503_999: "000000000000000000720da39f66f29337b9a29223e1ce05fd5ee57bb72a9223",
    554_399: "00000000000000000015a08d0a60237487070fe0d956d5fb5fd9d21ad6d7b2d3",
    604_799: "00000000000000000002fb021eeb13e47021920faf6e5daa3c40bc552c4d248e",
    655_199: "00000000000000000005e17383e25f65b531d50060b99ed66f673ea251949e4b",
    705_599: "000000000000000000029da63650d127e160033c93393da77302320bd8ee4958",
    755_999: "0000000000000000000136eb131bc275961ef87f4a06f56d849ef7de6067a83c",
    806_399: "00000000000000000002f985a10a40897d04888ac10c8ac75867a50b016eb6ef",
    856_799: "0000000000000000000314bc1981218b70bf539ae13ac1e41eefc1ad7a605049",
    # Bitcoin Core 31, defaultAssumeValid.
    938_343: "00000000000000000000ccebd6d74d9194d8dcdc1d177c478e094bfad51ba5ac",
}

_TESTNET4_CHECKPOINTS: Final = {
    # Electrum's checkpoints.json.
    40_319: "00000000acd1400a4801f361d675644993ad05e5b735a881f26746ece767521e",
    80_639: "000000006f596242c0b5dd79b5f638e95a215252c44374133a5b263fcb5e9f89",
    # Bitcoin Core 31, defaultAssumeValid.
    123_613: "0000000002368b1e4ee27e2e85676ae6f9f9e69579b29093e9a82c170bf7cf8a",
}

_SIGNET_CHECKPOINTS: Final = {
    # Electrum's checkpoints.json; bitcoinj's checkpoints name the same as the parent of the next.
    100_799: "000000174c981f1f0f785a066db5ab640fd81db7131d3bc6c0ae5f1c881a5869",
    201_599: "00000074d93559ca744568b640e31497e54448f5e81eb458d5e6309a866fbdc0",
    # Bitcoin Core 31, defaultAssumeValid.
    293_175: "00000008414aab61092ef93f1aacc54cf9e9f16af29ddad493b908a01ff5c329",
}

_ALWAYS_BIP65: Final = ((1, 4),)  # all that mainnet's forks ask of a version, from block 1 on

_RULES: Final = {
    Network.MAINNET: ChainRules(
        _genesis(_FIRST_COINBASE, 1231006505, 0x1D00FFFF, 2083236893),
        pow_limit=(1 << 224) - 1,
        versions=((227_931, 2), (363_725, 3), (388_381, 4)),
        minimum_work=0x1128750F82F4C366153A3A030,
        proven_at=938_343,
        checkpoints=_wire(_MAINNET_CHECKPOINTS),
    ),
    Network.TESTNET4: ChainRules(
        _genesis(_TESTNET4_COINBASE, 1714777860, 0x1D00FFFF, 393743547),
        pow_limit=(1 << 224) - 1,
        versions=_ALWAYS_BIP65,
        minimum_work=0x9A0FE15D0177D086304,
        proven_at=123_613,
        checkpoints=_wire(_TESTNET4_CHECKPOINTS),
        min_difficulty_when_late=True,
        bip94=True,
    ),
    Network.SIGNET: ChainRules(
        _genesis(_FIRST_COINBASE, 1598918400, 0x1E0377AE, 52613770),
        pow_limit=0x377AE << 216,
        versions=_ALWAYS_BIP65,
        minimum_work=0xB463EA0A4B8,
        proven_at=293_175,
        checkpoints=_wire(_SIGNET_CHECKPOINTS),
    ),
    Network.REGTEST: ChainRules(
        _genesis(_FIRST_COINBASE, 1296688602, 0x207FFFFF, 2),
        pow_limit=(1 << 255) - 1,
        versions=_ALWAYS_BIP65,
        retargets=False,
        min_difficulty_when_late=True,
    ),
}
