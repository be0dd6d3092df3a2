"""Bitcoin Core's own engine as the second opinion on transactions and scripts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pbk
from pbk.script import PrecomputedTransactionData

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxOut


def core_txid(raw: bytes) -> bytes:
    """The txid that Core computes for a serialized transaction."""
    return bytes(pbk.Transaction(raw).txid)


def core_serialize(raw: bytes) -> bytes:
    """What Core makes of the bytes after parsing them."""
    return bytes(pbk.Transaction(raw))


def core_block(raw: bytes) -> bytes:
    """What Core makes of a block after parsing it."""
    return bytes(pbk.Block(raw))


def core_accepts(tx: Tx, spent: Sequence[TxOut]) -> bool:
    """Whether every input satisfies the script it spends, under all consensus rules."""
    outputs = [
        pbk.TransactionOutput(pbk.ScriptPubkey(out.script_pubkey), out.value.value) for out in spent
    ]
    core_tx = pbk.Transaction(tx.serialize())
    prepared = PrecomputedTransactionData(core_tx, outputs)
    flags = pbk.ScriptVerificationFlags.ALL
    return all(
        bool(
            pbk.ScriptPubkey(out.script_pubkey).verify(
                out.value.value, core_tx, prepared, index, flags
            )
        )
        for index, out in enumerate(spent)
    )


_CHAINS = {
    Network.MAINNET: pbk.ChainType.MAINNET,
    Network.TESTNET4: pbk.ChainType.TESTNET_4,
    Network.SIGNET: pbk.ChainType.SIGNET,
    Network.REGTEST: pbk.ChainType.REGTEST,
}


@contextmanager
def core_chain(network: Network) -> Iterator[pbk.ChainstateManager]:
    """Core's own chain of a network, with nothing in it but the genesis block."""
    with tempfile.TemporaryDirectory() as folder:
        context = pbk.make_context(_CHAINS[network])
        options = pbk.ChainstateManagerOptions(context, folder, f"{folder}/blocks")
        options.update_block_tree_db_in_memory(True)
        options.update_chainstate_db_in_memory(True)
        options.set_worker_threads_num(0)
        manager = pbk.ChainstateManager(options)
        manager.import_blocks([])
        yield manager
        del manager


def core_genesis(network: Network) -> bytes:
    """The hash of the first block, in wire order, that Core has for a network."""
    with core_chain(network) as manager:
        return bytes(manager.get_active_chain().block_tree_entries[0].block_hash)
