"""Our declarations are the BOLTs' field tables, field by field (tests/vectors/bolts)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.wire import fields
from lnwallet_tui.wire.codec import MESSAGES, Message
from lnwallet_tui.wire.message import Layout, RecordOf, Tlv

TEXT = json.loads((Path(__file__).parents[1] / "vectors/bolts/field-tables.json").read_text())
BOLTS, WIDTHS = TEXT["bolts"], TEXT["widths"]
TABLES = {table["type"]: table for bolt in BOLTS.values() for table in bolt["messages"]}
STREAMS = {stream["message"]: stream for bolt in BOLTS.values() for stream in bolt["tlv_streams"]}
SUBTYPES = {table["name"]: table for bolt in BOLTS.values() for table in bolt["subtypes"]}
DECLARED = list(MESSAGES.values())

NOT_SPOKEN = {
    "peer_storage",
    "peer_storage_retrieval",
    "tx_add_input",
    "tx_add_output",
    "tx_remove_input",
    "tx_remove_output",
    "tx_complete",
    "tx_signatures",
    "tx_init_rbf",
    "tx_ack_rbf",
    "tx_abort",
    "open_channel2",
    "accept_channel2",
    "stfu",
    "splice_init",
    "splice_ack",
    "splice_locked",
    "closing_complete",
    "closing_sig",
    "start_batch",
}
"""Messages of options that we do not offer; a peer that sends an even one breaks BOLT 1."""


def rows(table: dict[str, Any]) -> list[tuple[str, str]]:
    return [(kind, name) for kind, name in table["fields"] if name != "tlvs"]


def test_every_message_is_declared_or_named_as_not_spoken() -> None:
    ours = {declared.MESSAGE_NAME for declared in DECLARED}
    assert ours | NOT_SPOKEN == {table["name"] for table in TABLES.values()}
    assert not ours & NOT_SPOKEN


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared.MESSAGE_NAME)
def test_fixed_fields(declared: type[Message]) -> None:
    table = TABLES[declared.MESSAGE_TYPE]
    assert table["name"] == declared.MESSAGE_NAME
    assert list(declared.LAYOUT.rows()) == rows(table)


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared.MESSAGE_NAME)
def test_tlv_records(declared: type[Message]) -> None:
    stream = STREAMS.get(declared.MESSAGE_NAME, {"records": []})
    ours = [(tlv.number, name) for name, tlv in declared.LAYOUT.tlvs]
    assert ours == [(table["type"], table["name"]) for table in stream["records"]]
    for (_, tlv), table in zip(declared.LAYOUT.tlvs, stream["records"], strict=True):
        assert record_rows(tlv, table) == rows(table)


def record_rows(tlv: Tlv, table: dict[str, Any]) -> list[tuple[str, str]]:
    """A record of one field has no name of its own for it with us: the record's name is used."""
    if isinstance(tlv.codec, RecordOf):
        return list(tlv.codec.rows(""))
    [[_, only]] = table["fields"]
    return list(tlv.codec.rows(only))


def test_array_items() -> None:
    checksums = dict(MESSAGES[264].LAYOUT.tlvs)["checksums_tlv"].codec
    assert isinstance(checksums, fields.RemainingArray)
    item = checksums.item
    assert isinstance(item, RecordOf)
    assert list(item.declaration.LAYOUT.rows()) == rows(SUBTYPES["channel_update_checksums"])
    assert item.width == sum(WIDTHS[kind] for kind, _ in item.declaration.LAYOUT.rows())


def codecs(layout: Layout) -> Iterator[fields.Codec[Any]]:
    """Every codec that a layout uses, down to the innermost."""
    waiting = [codec for _, codec in layout.fields] + [tlv.codec for _, tlv in layout.tlvs]
    while waiting:
        codec = waiting.pop()
        yield codec
        if isinstance(codec, RecordOf):
            waiting += [inner for _, inner in codec.declaration.LAYOUT.fields]
        waiting += [getattr(codec, part) for part in ("item", "number") if hasattr(codec, part)]


def width_of(bolt_type: str) -> int:
    """`u16`, `32*byte`, `sha256[..4]`."""
    if cut := re.fullmatch(r"sha256\[\.\.(\d+)\]", bolt_type):
        return int(cut[1])
    if array := re.fullmatch(r"(\d+)\*byte", bolt_type):
        return int(array[1])
    return int(WIDTHS[bolt_type])


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared.MESSAGE_NAME)
def test_widths(declared: type[Message]) -> None:
    for codec in codecs(declared.LAYOUT):
        if isinstance(codec, fields.Unsigned | fields.Truncated | fields.Fixed):
            assert codec.width == width_of(codec.bolt_type), codec.bolt_type
        elif isinstance(codec, fields.ScidField):
            assert codec.width == WIDTHS["short_channel_id"]
