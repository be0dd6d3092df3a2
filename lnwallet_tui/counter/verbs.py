"""The verbs, read off the APIs themselves: so the two ends cannot drift from what these say."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Union, get_args, get_type_hints

import msgspec
from msgspec.structs import replace

from lnwallet_tui.api.custody import CustodyApi
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.process import ProcessApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.counter.messages import whole

_LISTENING: Final = "feed"
"""The one that does not answer but goes on telling."""
NODE, CUSTODY, PROCESS = "", "custody", "process"
_APIS: Final[Mapping[str, type]] = {NODE: NodeApi, CUSTODY: CustodyApi, PROCESS: ProcessApi}


@dataclass(frozen=True, slots=True)
class Verb:
    """One question or command. `asks` is the type of its arguments by name; `answers` that of its
    result where it is not refused; some never are (`may_be_refused`)."""

    name: str
    signature: inspect.Signature
    asks: type[msgspec.Struct]
    answers: Any
    may_be_refused: bool

    def bind(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> msgspec.Struct:
        """The arguments of a call, as it would be understood in process. Raises `TypeError` for
        arguments it has not."""
        bound = self.signature.bind(*args, **kwargs).arguments
        return self.asks(**{name: _whole(value) for name, value in bound.items()})


@cache
def verbs(of: str = NODE) -> Mapping[str, Verb]:
    """All of them by name: the node's, the custodian's or the process's. None of anybody else."""
    return {verb.name: verb for verb in _read(_APIS[of])} if of in _APIS else {}


def _read(api: type) -> Iterator[Verb]:
    for name, method in vars(api).items():
        if not name.startswith("_") and name != _LISTENING:
            yield _verb(name, method)


def _verb(name: str, method: Any) -> Verb:
    hints = get_type_hints(method)
    signature = inspect.signature(method)
    _, *parameters = signature.parameters.values()  # without self
    fields: list[Any] = [
        (one.name, hints[one.name])
        if one.default is inspect.Parameter.empty
        else (one.name, hints[one.name], one.default)
        for one in parameters
    ]
    asks = msgspec.defstruct(name, fields, frozen=True, kw_only=True, forbid_unknown_fields=True)
    answers = hints["return"]
    may_be_refused = Refused in get_args(answers)
    called = signature.replace(parameters=parameters)
    return Verb(name, called, asks, _granted(answers), may_be_refused)


def _whole(value: object) -> object:
    """With all text in it whole, however deep."""
    match value:
        case str():
            return whole(value)
        case tuple():
            return tuple(_whole(one) for one in value)
        case msgspec.Struct():
            fields = value.__struct_fields__
            return replace(value, **{name: _whole(getattr(value, name)) for name in fields})
        case _:
            return value


def _granted(kind: Any) -> Any:
    """A type without `Refused`, which crosses as a message of its own."""
    if Refused not in get_args(kind):
        return kind
    granted = tuple(part for part in get_args(kind) if part is not Refused)
    return Union[granted]  # noqa: UP007  # made at run time
