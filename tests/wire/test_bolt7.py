"""Gossip: the extension is kept because it is signed; queries and encoded short channel ids."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.wire import fields
from lnwallet_tui.wire.bolt7 import (
    ChannelAnnouncement,
    ChannelUpdate,
    ChannelUpdateChecksums,
    NodeAnnouncement,
    QueryChannelRange,
    QueryShortChannelIds,
    ReplyChannelRange,
    encode_short_ids,
)
from lnwallet_tui.wire.codec import Message, WireError, decode, encode
from lnwallet_tui.wire.reader import Reader
from lnwallet_tui.wire.scid import ShortChannelId
from tests.wire.declared import POINTS, scids

QUERIES: list[Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/bolts/bolt07-extended-queries.json").read_text()
)
WANTED = ["WANT_TIMESTAMPS", "WANT_CHECKSUMS"]  # the bits of `query_option`

SCID = ShortChannelId(539268, 845, 1)
UPDATE = ChannelUpdate(
    bytes(64), bytes(32), SCID, 7, 1, 0, 144, Msat(1), Msat(1000), 100, Msat(5_000_000)
)
NODE = NodeAnnouncement(bytes(64), b"", 7, POINTS[0], bytes(3), bytes(32), b"")
SIGNATURE = bytes(64)
CHANNEL = ChannelAnnouncement(
    *(SIGNATURE, SIGNATURE, SIGNATURE, SIGNATURE),
    *(b"", bytes(32), SCID),
    *(POINTS[0], POINTS[1], POINTS[2], POINTS[3]),
)


@pytest.mark.parametrize(
    ("message", "signatures"),
    [(UPDATE, 1), (NODE, 1), (CHANNEL, 4)],
    ids=lambda x: type(x).__name__,
)
def test_an_extension_is_kept_and_signed(
    message: ChannelUpdate | NodeAnnouncement | ChannelAnnouncement, signatures: int
) -> None:
    extended = encode(message) + bytes.fromhex("c9012a")
    decoded = decode(extended)
    assert isinstance(decoded, type(message))
    assert decoded.extension == bytes.fromhex("c9012a")
    assert encode(decoded) == extended
    assert decoded.digest() == sha256d(extended[2 + 64 * signatures :])
    assert decoded.digest() != message.digest()


def decode_short_ids(encoded: bytes) -> tuple[ShortChannelId, ...]:
    """As those to whom we send them read them. Raises `WireError`, also for zlib (encoding 1)."""
    reader = Reader(encoded)
    # BOLT 7: "Previously used for zlib compression, this encoding MUST NOT be used".
    if (encoding := reader.uint(1)) != 0:
        raise WireError(f"short channel ids in unknown encoding {encoding}")
    return fields.RemainingArray(fields.SCID).read(reader)


@given(st.lists(scids, max_size=20))
def test_short_ids_and_back(ids: list[ShortChannelId]) -> None:
    assert list(decode_short_ids(encode_short_ids(ids))) == sorted(ids)


@pytest.mark.parametrize("encoded", [b"", b"\x01", b"\x00" + bytes(7), b"\x02" + bytes(8)])
def test_short_ids_that_are_none(encoded: bytes) -> None:
    with pytest.raises(WireError):
        decode_short_ids(encoded)


# -- BOLT 7's vectors of the extended queries
def numbers(data: bytes, width: int) -> list[int]:
    """Big-endian numbers of `width` bytes, as long as there are any."""
    return [int.from_bytes(data[at : at + width], "big") for at in range(0, len(data), width)]


def bigsizes(data: bytes) -> Iterator[int]:
    reader = Reader(data)
    while reader.remaining:
        yield reader.bigsize()


def said(message: Message) -> dict[str, Any]:
    """The message in the words of the vectors, without what stands in encoded fields."""
    words: dict[str, Any] = {"type": type(message).__name__}
    if isinstance(message, QueryChannelRange):
        option = message.query_option or 0
        names = [name for bit, name in enumerate(WANTED) if option >> bit & 1]
        words["tlvStream"] = {"records": [" | ".join(names)] if names else [], "unknown": []}
    if isinstance(message, ReplyChannelRange):
        words["complete"] = message.sync_complete
        if message.checksums_tlv is not None:
            words["checksums"] = {"checksums": list(map(checksums, message.checksums_tlv))}
    if isinstance(message, QueryChannelRange | ReplyChannelRange):
        words["firstBlockNum"] = message.first_blocknum
        words["numberOfBlocks"] = message.number_of_blocks
    assert isinstance(message, QueryChannelRange | ReplyChannelRange | QueryShortChannelIds)
    return words | {"chainHash": message.chain_hash.hex()}


def checksums(pair: ChannelUpdateChecksums) -> dict[str, int]:
    return {"checksum1": pair.checksum_node_id_1, "checksum2": pair.checksum_node_id_2}


@pytest.mark.parametrize("vector", QUERIES, ids=lambda vector: vector["hex"][:80][-12:])
def test_an_extended_query(vector: dict[str, Any]) -> None:
    message = decode(bytes.fromhex(vector["hex"]))
    assert encode(message).hex() == vector["hex"]
    expected = dict(vector["msg"])
    if isinstance(message, QueryShortChannelIds | ReplyChannelRange):
        short_ids_are(message.encoded_short_ids, expected.pop("shortChannelIds"))
    if isinstance(message, QueryShortChannelIds):
        records = expected.pop("tlvStream")["records"]
        assert (message.query_flags is not None) == bool(records)
        if message.query_flags is not None and records[0]["encoding"] == "UNCOMPRESSED":
            assert message.query_flags.encoding_type == 0
            assert list(bigsizes(message.query_flags.encoded_query_flags)) == records[0]["array"]
    if isinstance(message, ReplyChannelRange):
        timestamps = expected.pop("timestamps", None)
        assert (message.timestamps_tlv is not None) == (timestamps is not None)
        if message.timestamps_tlv is not None and timestamps["encoding"] == "UNCOMPRESSED":
            assert message.timestamps_tlv.encoding_type == 0
            assert numbers(message.timestamps_tlv.encoded_timestamps, 4) == [
                pair[name] for pair in timestamps["timestamps"] for name in sorted(pair)
            ]
    assert said(message) == expected


def short_ids_are(encoded: bytes, vector: dict[str, Any]) -> None:
    """BOLT 7, of the encoding with zlib: it "MUST NOT be used"."""
    if vector["encoding"] == "COMPRESSED_ZLIB":
        with pytest.raises(WireError, match="unknown encoding 1"):
            decode_short_ids(encoded)
        return
    assert [str(scid) for scid in decode_short_ids(encoded)] == vector["array"]
    assert encode_short_ids(map(ShortChannelId.parse, vector["array"])) == encoded


@given(st.binary(max_size=60))
def test_any_bytes_are_short_ids_or_refused(encoded: bytes) -> None:
    try:
        ids = decode_short_ids(encoded)
    except WireError:
        return
    assert sorted(ids) != list(ids) or encode_short_ids(ids) == encoded
