"""What the script needs of a node: its chain can be moved, and it lives on the network."""

from __future__ import annotations

from typing import Protocol

from lnwallet_tui.bitcoin.tx import Tx


class ChainBackend(Protocol):
    """A node on regtest, with mature coins of its own. Hashes are bytes in the order of the wire; a
    `where` is a script or an address."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it is dialled; two, so that there is a second opinion."""
        ...

    async def height(self) -> int: ...
    async def block_hash(self, height: int, /) -> bytes: ...

    async def mine(self, count: int = 1, where: bytes | str = b"", /) -> int:
        """The height afterwards. The rewards go to the node unless said otherwise."""
        ...

    async def reorganise(self, depth: int, /, *, empty: int = 0) -> int:
        """Replace the newest `depth` blocks by one more, the first `empty` of them without
        transactions; the height afterwards."""
        ...

    async def pay(self, where: bytes | str, sat: int, /) -> bytes:
        """Out of its own coins, into its mempool."""
        ...

    async def submit(self, *txs: Tx) -> tuple[str, ...]:
        """Into its mempool as one package; why not, for each, or empty."""
        ...

    async def mempool(self) -> tuple[bytes, ...]: ...

    async def wait_for_tx(self, txid: bytes, /) -> str:
        """Until it has judged a transaction that a peer brought; why it does not take it."""
        ...

    async def shut(self) -> None:
        """Hang up on everybody and let nobody in."""
        ...

    async def reopen(self) -> None:
        """Let them in again, at the same addresses."""
        ...
