"""The small mistakes: where they can be made in a module, and the module with one of them.

`<` for `<=`, `+` for `-`, a number one off, `and` for `or`, a condition turned round, a statement
left out. Not touched is what no test should need: assertions (they are about bugs of ours; such are
an `AssertionError` that is raised, `assert_never` and the `strict` of a `zip`, too), what is only
for people (`__repr__`, docstrings), annotations and patterns.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATIONS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}
_LEFT_OUT: Final = (ast.Expr, ast.AugAssign, ast.Raise)


@dataclass(frozen=True)
class Mutant:
    """A mistake that can be made, in words and at a line. `number` counts those of its module."""

    number: int
    line: int
    words: str


@dataclass(frozen=True)
class _Place:
    line: int
    words: str
    make: Callable[[], None]
    """Makes the mistake in the tree that the place was found in."""


def mutants(source: str) -> list[Mutant]:
    """All of a module, in the order of its lines as far as they have one."""
    places = _places(ast.parse(source))
    return [Mutant(number, one.line, one.words) for number, one in enumerate(places)]


def mutated(source: str, number: int) -> ast.Module:
    """The module with that mistake."""
    tree = ast.parse(source)
    list(_places(tree))[number].make()
    return ast.fix_missing_locations(tree)


def _places(node: ast.AST) -> Iterator[_Place]:
    yield from _of(node)
    for child in _children(node):
        yield from _places(child)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "pattern", "bases", "keywords"):
            if isinstance(node, ast.Call) and name == "keywords":
                yield from (one for one in value if not _is_let_be(one))
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_let_be(child):
                yield child


def _is_let_be(node: ast.AST) -> bool:
    match node:
        case ast.FunctionDef(name="__repr__") | ast.Assert() | ast.keyword(arg="strict"):
            return True
        case _:
            return _is_assertion(node)


def _is_assertion(node: ast.AST) -> bool:
    match node:
        case ast.Expr(ast.Call(ast.Name("assert_never"))):
            return True
        case ast.Raise(ast.Call(ast.Name("AssertionError"))):
            return True
        case _:
            return False


def _of(node: ast.AST) -> Iterator[_Place]:
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _OPERATIONS:
            yield _operation(node)
        case ast.BoolOp():
            yield _either(node)
        case ast.Constant(value=bool(value)):
            yield _constant(node, not value)
        case ast.Constant(value=int(value)):
            yield _constant(node, value + 1)
            yield _constant(node, value - 1)
        case ast.If() | ast.IfExp() | ast.While():
            yield _turned(node)
        case ast.comprehension():
            yield from _all_of(node)
        case _:
            pass
    for body in ("body", "orelse"):
        statements = getattr(node, body, None)
        if isinstance(statements, list):
            yield from _left_out(statements)


def _comparisons(node: ast.Compare) -> Iterator[_Place]:
    for at, old in enumerate(node.ops):
        new = _COMPARISONS[type(old)]

        def make(at: int = at, new: type[ast.cmpop] = new) -> None:
            node.ops[at] = new()

        yield _Place(node.lineno, f"{_name(old)} becomes {new.__name__} in {_text(node)}", make)


def _operation(node: ast.BinOp | ast.AugAssign) -> _Place:
    new = _OPERATIONS[type(node.op)]
    words = f"{_name(node.op)} becomes {new.__name__} in {_text(node)}"

    def make() -> None:
        node.op = new()

    return _Place(node.lineno, words, make)


def _either(node: ast.BoolOp) -> _Place:
    new: type[ast.boolop] = ast.Or if isinstance(node.op, ast.And) else ast.And
    words = f"{_name(node.op)} becomes {new.__name__} in {_text(node)}"

    def make() -> None:
        node.op = new()

    return _Place(node.lineno, words, make)


def _constant(node: ast.Constant, new: bool | int) -> _Place:
    def make() -> None:
        node.value = new

    return _Place(node.lineno, f"{node.value!r} becomes {new}", make)


def _turned(node: ast.If | ast.IfExp | ast.While) -> _Place:
    def make() -> None:
        node.test = ast.UnaryOp(ast.Not(), node.test)

    return _Place(node.lineno, f"not ({_text(node.test)})", make)


def _all_of(node: ast.comprehension) -> Iterator[_Place]:
    for condition in node.ifs:

        def make(condition: ast.expr = condition) -> None:
            node.ifs.remove(condition)

        yield _Place(condition.lineno, f"whether or not {_text(condition)}", make)


def _left_out(statements: list[ast.stmt]) -> Iterator[_Place]:
    for at, one in enumerate(statements):
        is_text = isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
        if isinstance(one, _LEFT_OUT) and not is_text and not _is_assertion(one):

            def make(at: int = at) -> None:
                statements[at] = ast.Pass()

            yield _Place(one.lineno, f"without {_text(one)}", make)


def _name(node: ast.AST) -> str:
    return type(node).__name__


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:90]
