"""Every field that brings words across the counter, found from the types themselves."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Final, TypeVar

import msgspec
from msgspec.structs import FieldInfo, fields, replace

from lnwallet_tui import api
from lnwallet_tui.api.spending import Asked
from lnwallet_tui.api.untrusted import Untrusted

View = TypeVar("View", bound=msgspec.Struct)

COUNTER: Final = tuple(
    import_module(one.name) for one in iter_modules(api.__path__, f"{api.__name__}.")
)


def structs() -> list[type[msgspec.Struct]]:
    """All that the node and the playground hand out; what they are asked for goes the other way."""
    return [one for module in COUNTER for one in _of(module) if not issubclass(one, Asked)]


def _of(module: ModuleType) -> list[type[msgspec.Struct]]:
    return [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, msgspec.Struct)
        and one.__module__ == module.__name__
    ]


def label(kind: type[msgspec.Struct], field: FieldInfo) -> str:
    """How a field is called here, and what stands before the hostile words in it."""
    return f"{kind.__name__}.{field.name}"


def of_type(wanted: object) -> set[str]:
    """The labels of all fields of that type."""
    return {label(kind, one) for kind in structs() for one in fields(kind) if one.type == wanted}


def tainted(view: View, payload: str | bytes) -> View:
    """The view with every field of others' words full of `payload`, its label in front."""
    changed: dict[str, object] = {}
    for field in fields(view):
        value = getattr(view, field.name)
        if isinstance(value, Untrusted):
            changed[field.name] = Untrusted(joined(label(type(view), field), payload))
        elif isinstance(value, msgspec.Struct):
            changed[field.name] = tainted(value, payload)
        elif isinstance(value, tuple):
            changed[field.name] = tuple(
                tainted(one, payload) if isinstance(one, msgspec.Struct) else one for one in value
            )
    return replace(view, **changed)


def joined(before: str, payload: str | bytes) -> str | bytes:
    """`before` in angles, then the payload as it came."""
    head = f"<{before}> "
    return head + payload if isinstance(payload, str) else head.encode() + payload
