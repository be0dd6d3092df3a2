"""A secret does not get out by accident."""

from __future__ import annotations

import copy
import pickle

import msgspec
import pytest

from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.store.codec import encode

VALUE = b"not to be seen by anybody at all"


def test_it_is_what_it_was_made_of() -> None:
    assert Secret(VALUE).reveal() == VALUE


@pytest.mark.parametrize("show", [repr, str, format, "{!r:>40}".format, "%s".__mod__, ascii])
def test_it_does_not_show_itself(show: object) -> None:
    assert callable(show)
    shown = show(Secret(VALUE))
    assert "hidden" in shown
    assert "seen" not in shown
    assert VALUE.hex() not in shown


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(VALUE), protocol)


def test_it_is_not_stored() -> None:
    with pytest.raises(TypeError):
        encode(Secret(VALUE))
    with pytest.raises(TypeError):
        msgspec.json.encode({"key": Secret(VALUE)})


def test_it_neither_changes_nor_has_a_hash() -> None:
    secret = Secret(VALUE)
    with pytest.raises(AttributeError):
        secret._value = b""
    with pytest.raises(TypeError):
        hash(secret)
    with pytest.raises(TypeError):
        bytes(secret)  # type: ignore[call-overload]  # that it cannot is what is tested


def test_a_copy_is_itself() -> None:
    secret = Secret(VALUE)
    assert copy.copy(secret) is copy.deepcopy(secret) is secret


def test_it_equals_only_the_same_secret() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret(VALUE[:-1])
    assert Secret(VALUE) != VALUE


def test_the_refusal_of_a_wrong_type_does_not_show_it() -> None:
    with pytest.raises(TypeError) as refused:
        Secret("a password")  # type: ignore[arg-type]  # what a careless caller does
    assert "password" not in str(refused.value)
