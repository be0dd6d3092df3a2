"""The numbers of Bitcoin Core's relay policy, all in one place: the defaults of version 31.

Sizes and rates stand in Core's `src/policy/policy.h`, `policy/rbf.h`, `policy/truc_policy.h` and
`policy/packages.h`. Version 30 lowered the minimum and the incremental relay feerate from 1,000
to 100 sat/kvB; version 31 replaced the limits on ancestors and descendants by limits on clusters.
Feerates here are in sat/kvB, as Core counts them; 1 sat/vB is 1,000 sat/kvB and 250 sat/kw.
"""

from __future__ import annotations

from typing import Final

# -- fees
MIN_RELAY_FEERATE: Final = 100  # DEFAULT_MIN_RELAY_TX_FEE
INCREMENTAL_FEERATE: Final = 100  # DEFAULT_INCREMENTAL_RELAY_FEE
DUST_FEERATE: Final = 3_000  # DUST_RELAY_TX_FEE: unchanged, independent of the two above
BLOCK_MIN_FEERATE: Final = 1  # DEFAULT_BLOCK_MIN_TX_FEE

# -- transactions
MAX_STANDARD_WEIGHT: Final = 400_000
MIN_NONWITNESS_SIZE: Final = 65  # one more than the 64 bytes that could be a merkle branch
STANDARD_VERSIONS: Final = frozenset({1, 2, 3})
MAX_SCRIPT_SIG_SIZE: Final = 1_650
MAX_SIGOPS_COST: Final = 16_000  # MAX_STANDARD_TX_SIGOPS_COST: a fifth of a block's 80,000
MAX_LEGACY_SIGOPS: Final = 2_500  # MAX_TX_LEGACY_SIGOPS, since version 30 (BIP54)
BYTES_PER_SIGOP: Final = 20
MAX_BARE_MULTISIG_KEYS: Final = 3
MAX_P2SH_SIGOPS: Final = 15
COINBASE_MATURITY: Final = 100  # consensus

# -- witnesses
MAX_WITNESS_SCRIPT_SIZE: Final = 3_600
MAX_WITNESS_ITEMS: Final = 100
MAX_WITNESS_ITEM_SIZE: Final = 80

# -- families of unconfirmed transactions
MAX_CLUSTER_COUNT: Final = 64
MAX_CLUSTER_VSIZE: Final = 101_000
MAX_REPLACED_CLUSTERS: Final = 100  # MAX_REPLACEMENT_CANDIDATES
MAX_PACKAGE_COUNT: Final = 25
MAX_PACKAGE_WEIGHT: Final = 404_000

# -- topologically restricted until confirmation (BIP431)
TRUC_VERSION: Final = 3
TRUC_MAX_VSIZE: Final = 10_000
TRUC_CHILD_MAX_VSIZE: Final = 1_000

# -- blocks
MAX_BLOCK_WEIGHT: Final = 4_000_000
BLOCK_RESERVED_WEIGHT: Final = 8_000  # header, transaction count and coinbase


def fee_at(feerate: int, vsize: int) -> int:
    """The fee in sat of `vsize` at `feerate` sat/kvB, rounded up as Core does."""
    return -(-feerate * vsize // 1000)
