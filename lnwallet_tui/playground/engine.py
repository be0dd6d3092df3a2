"""Bitcoin Core's consensus engine on regtest: what is valid here is valid in Bitcoin.

The engine (`pbk`) answers "processed" for an invalid block, too: whether a block was taken shows
only in the verdict that its callback reports and in the tip. Both are looked at after each block,
so that a block which was not taken can never go unnoticed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pbk
from pbk.script import PrecomputedTransactionData

from lnwallet_tui.bitcoin.tx import Tx, TxOut


class EngineRefused(Exception):
    """The engine says that a block is invalid; the message holds its verdict."""


class Engine:
    """A regtest chain state that validates blocks and scripts; lives in a temporary folder."""

    def __init__(self) -> None:
        # The block files take 17 MB from the first block on, so they go when the engine goes.
        self._folder = tempfile.TemporaryDirectory(prefix="lnwallet-play-")
        self._verdict: str | None = None
        callbacks = pbk.ValidationInterfaceCallbacks(None, block_checked=self._block_checked)
        context = pbk.make_context(pbk.ChainType.REGTEST, callbacks)
        blocks = Path(self._folder.name) / "blocks"
        options = pbk.ChainstateManagerOptions(context, self._folder.name, str(blocks))
        options.update_block_tree_db_in_memory(True)
        options.update_chainstate_db_in_memory(True)
        options.set_worker_threads_num(0)
        self._manager: pbk.ChainstateManager | None = pbk.ChainstateManager(options)
        self._manager.import_blocks([])

    def _block_checked(
        self, _data: object, _block: pbk.Block, state: pbk.BlockValidationState
    ) -> None:
        if state.validation_mode != pbk.ValidationMode.VALID:
            self._verdict = state.block_validation_result.name.lower()

    def _running(self) -> pbk.ChainstateManager:
        assert self._manager is not None, "the engine is closed"
        return self._manager

    def tip(self) -> tuple[int, bytes]:
        """Height and hash (wire order) of the best chain's newest block."""
        chain = self._running().get_active_chain()
        return chain.height, bytes(chain.block_tree_entries[chain.height].block_hash)

    def genesis(self) -> bytes:
        """The raw genesis block of regtest."""
        manager = self._running()
        return bytes(manager.blocks[manager.get_active_chain().block_tree_entries[0]])

    def process(self, raw_block: bytes) -> None:
        """Hand over a block; `EngineRefused` if it, or one that it makes best, is invalid.

        A valid block that does not become the tip (a side branch) is stored; whether it is valid
        as a whole shows when its branch becomes the longest.
        """
        try:
            self._running().process_block(pbk.Block(raw_block))
        except (pbk.ProcessBlockException, RuntimeError) as error:
            raise EngineRefused(self._take_verdict() or str(error)) from error
        verdict = self._take_verdict()
        if verdict is not None:
            raise EngineRefused(verdict)

    def _take_verdict(self) -> str | None:
        verdict, self._verdict = self._verdict, None
        return verdict

    def verify_inputs(self, tx: Tx, spent: Sequence[TxOut]) -> int | None:
        """The first input that consensus refuses, or None. `spent` holds the outputs of all, in
        their order."""
        raw = pbk.Transaction(tx.serialize())
        outputs = [pbk.TransactionOutput(_script(out), out.value.value) for out in spent]
        known = PrecomputedTransactionData(raw, outputs)
        for index in range(len(spent)):
            value = spent[index].value.value
            flags = pbk.ScriptVerificationFlags.ALL
            if not _script(spent[index]).verify(value, raw, known, index, flags):
                return index
        return None

    def close(self) -> None:
        """Let go of the chain and delete its folder; harmless when done twice."""
        self._manager = None
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _script(output: TxOut) -> pbk.ScriptPubkey:
    return pbk.ScriptPubkey(output.script_pubkey)
