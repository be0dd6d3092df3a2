"""Messages for tests, drawn from the declarations themselves: what is declared is tested."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.wire import fields
from lnwallet_tui.wire.codec import MESSAGES, Message
from lnwallet_tui.wire.message import Layout, RecordOf
from lnwallet_tui.wire.scid import ShortChannelId

POINTS = [public_key(bytes((number,)) * 32) for number in range(1, 6)]

points = st.sampled_from(POINTS)
scids = st.integers(0, (1 << 64) - 1).map(ShortChannelId.from_int)


def values(codec: fields.Codec[Any]) -> st.SearchStrategy[Any]:
    """What a codec can write."""
    match codec:
        case fields.Unsigned() | fields.Truncated():
            return st.integers(0, (1 << 8 * codec.width) - 1)
        case fields.BigSizeField():
            return st.integers(0, (1 << 64) - 1)
        case fields.AmountOf():
            most = min(codec.unit._limit, _largest(codec.number))
            return st.integers(0, most).map(codec.unit)
        case fields.PointField():
            return points
        case fields.Fixed():
            return st.binary(min_size=codec.width, max_size=codec.width)
        case fields.ScidField():
            return scids
        case fields.Remaining() | fields.Counted():
            return st.binary(max_size=80)
        case fields.FixedArray():
            items = values(codec.item)
            return st.lists(items, min_size=2, max_size=2).map(
                lambda two: tuple(two[index % 2] for index in range(codec.count))
            )
        case fields.CountedArray() | fields.RemainingArray():
            return st.lists(values(codec.item), max_size=4).map(tuple)
        case RecordOf():
            return declared(codec.declaration, codec.declaration.LAYOUT)
        case _:
            raise AssertionError(f"no strategy for {codec}")


def _largest(number: fields.Codec[int]) -> int:
    assert isinstance(number, fields.Unsigned | fields.Truncated)
    return (1 << 8 * number.width) - 1


def declared(declaration: type[Any], layout: Layout) -> st.SearchStrategy[Any]:
    """Instances of a declared message or record."""
    drawn = {name: values(codec) for name, codec in layout.fields}
    drawn |= {name: st.none() | values(tlv.codec) for name, tlv in layout.tlvs}
    if layout.extension:
        drawn[layout.extension] = st.binary(max_size=40)
    return st.builds(declaration, **drawn)


messages: st.SearchStrategy[Message] = st.sampled_from(list(MESSAGES.values())).flatmap(
    lambda declaration: declared(declaration, declaration.LAYOUT)
)
"""Any message that we know."""
