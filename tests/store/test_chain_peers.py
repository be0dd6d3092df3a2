"""The address book on disk; what is damaged of it is no reason to stop."""

import zlib
from pathlib import Path

import pytest

from lnwallet_tui.chain.address_book import Memory
from lnwallet_tui.store import chain_peers
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.db import Store
from tests.store.samples import SAMPLES

KEPT = SAMPLES["chain-peers-1"]


def test_it_is_kept_and_replaced(tmp_path: Path) -> None:
    assert isinstance(KEPT, Memory)
    with Store(tmp_path) as store:
        assert chain_peers.load(store) == Memory()
        for memory in (Memory(), KEPT):
            with store.transaction() as tx:
                chain_peers.save(tx, memory)
    with Store(tmp_path) as store:
        assert chain_peers.load(store) == KEPT


_BODY = encode(KEPT)[5:]
NEWER = b"\2" + zlib.crc32(_BODY, 2).to_bytes(4, "big") + _BODY


@pytest.mark.parametrize("body", [b"", encode(KEPT)[:-1], NEWER, encode(("of", "another", "kind"))])
def test_what_cannot_be_read_is_begun_anew(tmp_path: Path, body: bytes) -> None:
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            tx.write("INSERT INTO singles VALUES ('chain peers', ?)", (body,))
        assert chain_peers.load(store) == Memory()
