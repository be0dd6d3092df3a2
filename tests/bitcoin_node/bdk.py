"""A wallet and a compact-filter node by others (BDK over `bip157`), as an oracle for ours.

Its node runs in threads of its own; `running` ends them. It connects with nobody but the node that
it is given: no seeds are asked, no addresses learned.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import bdkpython

from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_from_hex

PATIENCE_SECONDS: Final = 120.0
_ANSWER_MS: Final = 60_000
"""For an answer of a node that may be busy; by itself it would wait for five seconds."""
_DIALS: Final = 10
"""It hangs up where filters take twenty seconds, as on a machine with other work they may, and
dials no peer more often than it was named; without a peer it ends."""
_SCRIPTS: Final = 20
_KEYCHAINS: Final = (bdkpython.KeychainKind.EXTERNAL, bdkpython.KeychainKind.INTERNAL)
OwnCoin = tuple[OutPoint, int, bytes, int]
"""Outpoint, sat, script, the height of its block."""


class BdkWallet:
    """BIP84 from BIP39 words, on regtest."""

    def __init__(self, words: str, port: int, folder: Path) -> None:
        kind = bdkpython.NetworkKind.TEST
        key = bdkpython.DescriptorSecretKey(kind, bdkpython.Mnemonic.from_string(words), None)
        descriptors = [bdkpython.Descriptor.new_bip84(key, one, kind) for one in _KEYCHAINS]
        persister = bdkpython.Persister.new_in_memory()
        self._wallet = bdkpython.Wallet(*descriptors, bdkpython.Network.REGTEST, persister)
        host = bdkpython.IpAddress.from_ipv4(127, 0, 0, 1)
        peer = bdkpython.Peer(address=host, port=port, v2_transport=False)
        scan = bdkpython.ScanType.RECOVERY(
            used_script_index=_SCRIPTS, checkpoint=bdkpython.RecoveryPoint.GENESIS_BLOCK()
        )
        builder = bdkpython.CbfBuilder().peers([peer] * _DIALS).connections(1)
        builder = builder.only_configured_peers().data_dir(str(folder)).scan_type(scan)
        parts = builder.configure_timeout_millis(_ANSWER_MS, _ANSWER_MS).build(self._wallet)
        self._client, self._node = parts.client, parts.node
        self.said: list[str] = []
        """What its node told of itself."""

    @classmethod
    @asynccontextmanager
    async def running(cls, words: str, port: int, folder: Path) -> AsyncIterator[BdkWallet]:
        """One whose node runs, and whose threads have ended with the block."""
        wallet = cls(words, port, folder)
        wallet._node.run()
        client = wallet._client
        listeners = [
            asyncio.create_task(wallet._listen(hear), name="what BDK says")
            for hear in (client.next_info, client.next_warning)
        ]
        try:
            yield wallet
        finally:
            if client.is_running():
                client.shutdown()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*listeners)  # they end with the node

    def address(self, change: bool, index: int) -> str:
        """Of one of its keys."""
        return str(self._wallet.peek_address(_KEYCHAINS[int(change)], index).address)

    async def read_to(self, height: int, block_hash: bytes) -> None:
        """Wait until its newest block is this one."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._is_at(height, block_hash):
                self._wallet.apply_update(await self._client.update())

    def coins(self) -> set[OwnCoin]:
        """What it has, confirmed and unspent."""
        return {
            (
                OutPoint(txid_from_hex(str(one.outpoint.txid)), int(one.outpoint.vout)),
                int(one.txout.value.to_sat()),
                bytes(one.txout.script_pubkey.to_bytes()),
                _height(one.chain_position),
            )
            for one in self._wallet.list_unspent()
            if one.chain_position.is_confirmed()
        }

    def txids(self) -> dict[bytes, int]:
        """Its confirmed transactions, and the heights of their blocks."""
        return {
            txid_from_hex(str(one.transaction.compute_txid())): _height(one.chain_position)
            for one in self._wallet.transactions()
            if one.chain_position.is_confirmed()
        }

    def pay(self, script: bytes, sat: int, sat_per_vb: int = 3) -> Tx:
        """A transaction of its own, signed by it."""
        builder = bdkpython.TxBuilder().add_recipient(
            bdkpython.Script(script), bdkpython.Amount.from_sat(sat)
        )
        psbt = builder.fee_rate(bdkpython.FeeRate.from_sat_per_vb(sat_per_vb)).finish(self._wallet)
        assert self._wallet.sign(psbt)
        return Tx.parse(bytes(psbt.extract_tx().serialize()))

    async def broadcast(self, tx: Tx) -> None:
        """To the node it is connected with; returns once that has fetched it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._client.broadcast(bdkpython.Transaction(tx.serialize()))

    def _is_at(self, height: int, block_hash: bytes) -> bool:
        newest = self._wallet.latest_checkpoint()
        return newest.height == height and txid_from_hex(str(newest.hash)) == block_hash

    async def _listen(self, hear: Callable[[], Awaitable[Any]]) -> None:
        try:
            while True:
                self.said.append(str(await hear()))
        except bdkpython.CbfError:
            pass  # the node has ended


def _height(position: Any) -> int:
    return int(position.confirmation_block_time.block_id.height)
