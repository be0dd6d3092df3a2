"""Why a mempool refuses a transaction: Bitcoin Core's own reason strings, as types."""

from __future__ import annotations

import enum


class Reason(enum.Enum):
    """Core's reject reasons, spelled as its RPCs and logs spell them."""

    # -- no transaction at all (consensus, without looking at the chain)
    NO_INPUTS = "bad-txns-vin-empty"
    NO_OUTPUTS = "bad-txns-vout-empty"
    OUTPUTS_TOO_LARGE = "bad-txns-txouttotal-toolarge"
    DUPLICATE_INPUTS = "bad-txns-inputs-duplicate"
    OVERSIZE = "bad-txns-oversize"
    COINBASE = "coinbase"
    # -- against the chain and the mempool
    ALREADY_IN_MEMPOOL = "txn-already-in-mempool"
    SAME_TXID_IN_MEMPOOL = "txn-same-nonwitness-data-in-mempool"
    ALREADY_KNOWN = "txn-already-known"
    MISSING_INPUTS = "bad-txns-inputs-missingorspent"
    IMMATURE_COINBASE = "bad-txns-premature-spend-of-coinbase"
    OUTPUTS_ABOVE_INPUTS = "bad-txns-in-belowout"
    NON_FINAL = "non-final"
    NON_BIP68_FINAL = "non-BIP68-final"
    # -- standard form
    VERSION = "version"
    TX_SIZE = "tx-size"
    TX_SIZE_SMALL = "tx-size-small"
    SCRIPT_SIG_SIZE = "scriptsig-size"
    SCRIPT_SIG_NOT_PUSH_ONLY = "scriptsig-not-pushonly"
    SCRIPT_PUBKEY = "scriptpubkey"
    DUST = "dust"
    NONSTANDARD_INPUTS = "bad-txns-nonstandard-inputs"
    NONSTANDARD_WITNESS = "bad-witness-nonstandard"
    TOO_MANY_SIGOPS = "bad-txns-too-many-sigops"
    SCRIPT_FLAG = "mempool-script-verify-flag-failed"
    # -- fees, families, replacement
    MIN_RELAY_FEE = "min relay fee not met"
    MEMPOOL_MIN_FEE = "mempool min fee not met"
    CLUSTER = "too-large-cluster"
    TRUC = "TRUC-violation"
    TOO_MANY_REPLACEMENTS = "too many potential replacements"
    SPENDS_CONFLICTING = "bad-txns-spends-conflicting-tx"
    INSUFFICIENT_FEE = "insufficient fee"
    REPLACEMENT_FAILED = "replacement-failed"
    # -- packages
    PACKAGE_TOO_MANY = "package-too-many-transactions"
    PACKAGE_TOO_LARGE = "package-too-large"
    PACKAGE_DUPLICATES = "package-contains-duplicates"
    PACKAGE_NOT_SORTED = "package-not-sorted"
    PACKAGE_CONFLICT = "conflict-in-package"
    PACKAGE_NOT_CHILD_WITH_PARENTS = "package-not-child-with-parents"
    PACKAGE_RBF = "package RBF failed"


# A transaction refused for one of these may still enter together with a child that pays for it.
FEE_REASONS = frozenset(
    {
        Reason.MEMPOOL_MIN_FEE,
        Reason.MIN_RELAY_FEE,
        Reason.INSUFFICIENT_FEE,
        Reason.REPLACEMENT_FAILED,
    }
)


class Rejection(Exception):
    """A transaction that the mempool does not take. `detail` says what exactly was seen."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason.value} ({self.detail})" if self.detail else self.reason.value
