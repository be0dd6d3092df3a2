"""The chain of headers beside the hashing that nobody gets around."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.chain.headers import MOST_IN_BATCH, extend
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.headers import HeaderFile
from tests.benchmarks.measuring import ROOT, Benchmark, Sides, batch
from tests.headers import EASY, FAR_FUTURE, many

HEADERS: Final = 950_000
_MESSAGE: Final = MOST_IN_BATCH * HEADER_SIZE
_IN_A_TRANSACTION: Final = 8  # messages: what is lost in a crash is fetched again


@contextmanager
def whole_chain() -> Iterator[Sides]:
    """From the genesis block on, as a wallet takes it at its first start: every rule, and stored.
    Signatures of nobody, work of two hashes a block: what it is to check does not depend on it."""
    headers = many(EASY, HEADERS)
    messages = [headers[at : at + _MESSAGE] for at in range(0, len(headers), _MESSAGE)]
    yield Sides(
        batch(lambda: _take(messages), 1), batch(lambda: _hash(headers), 1), "sha256d of each"
    )


def _take(messages: list[bytes]) -> None:
    with tempfile.TemporaryDirectory(dir=ROOT) as folder, Store(Path(folder)) as store:
        file = HeaderFile(store, EASY)
        tree = file.load()
        for at in range(0, len(messages), _IN_A_TRANSACTION):
            with store.transaction() as tx:
                for message in messages[at : at + _IN_A_TRANSACTION]:
                    change = extend(tree, message, FAR_FUTURE)
                    file.save(tx, change)
                    tree = change.tree
        assert tree.height == HEADERS
        file.close()


def _hash(headers: bytes) -> None:
    for at in range(0, len(headers), HEADER_SIZE):
        sha256(sha256(headers[at : at + HEADER_SIZE]).digest()).digest()


BENCHMARKS: Final = (
    Benchmark(
        "headers.950k",
        "950,000 headers are checked by every rule and stored",
        1.8,
        whole_chain,
        in_a_batch=HEADERS,
    ),
)
