"""BOLT 1, appendix C: the extension of `init`; and both feature bitmaps as one."""

import json
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.wire.bolt1 import Init
from lnwallet_tui.wire.codec import TlvError, decode, encode
from lnwallet_tui.wire.features import OUR_INIT_FEATURES, Features

INITS = json.loads((Path(__file__).parents[1] / "vectors/bolts/bolt01.json").read_text())["init"]


@pytest.mark.parametrize("vector", INITS, ids=lambda vector: vector["text"])
def test_extension_of_init(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["message"])
    if vector["valid"]:
        assert decode(data) == Init(b"", b"")
    else:
        with pytest.raises(TlvError):
            decode(data)


def test_both_bitmaps_count() -> None:
    init = Init(Features({1}).to_bytes(), Features({13, 100}).to_bytes())
    assert init.offered() == Features({1, 13, 100})


def test_our_init_byte_by_byte() -> None:
    regtest = bytes.fromhex("06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f")
    ours = Init(b"", OUR_INIT_FEATURES.to_bytes(), (regtest,))
    assert encode(ours).hex() == "0010000000069000088a51a10120" + regtest.hex()
