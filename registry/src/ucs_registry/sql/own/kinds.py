"""The five kinds of values that both databases keep, order and give back alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, Column, Dialect, Double, Float, Integer, LargeBinary, String, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import BigInteger, TypeEngine

from ucs_registry.canonical import storable

_WHOLE_MOST = 2**63 - 1


class Whole(BigInteger):
    """A whole number of 64 bits. A sum of such is a whole number, too, whatever the database calls it."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], int | None]:
        del dialect, coltype
        return lambda value: None if value is None else int(value)


class Fraction(Double[float]):
    """A floating-point number of 64 bits."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], float | None]:
        del dialect, coltype
        return lambda value: None if value is None else float(value)


class Words(Text):
    """A text, in the order of its code points."""


class Flag(Boolean):
    """A truth value."""


class Octets(LargeBinary):
    """Some bytes."""


KINDS: dict[type[TypeEngine[Any]], str] = {
    Whole: "whole",
    Fraction: "number",
    Words: "text",
    Flag: "truth",
    Octets: "bytes",
}


# A strict table of SQLite takes five names of types, and holds values to them as PostgreSQL does.
@compiles(Whole, "sqlite")
def _whole(type_: Whole, compiler: Any, **given: Any) -> str:  # noqa: ANN401 -- as compilers are called
    del type_, compiler, given
    return "INT"


@compiles(Fraction, "sqlite")
def _fraction(type_: Fraction, compiler: Any, **given: Any) -> str:  # noqa: ANN401 -- as compilers are called
    del type_, compiler, given
    return "REAL"


@compiles(Flag, "sqlite")
def _flag(type_: Flag, compiler: Any, **given: Any) -> str:  # noqa: ANN401 -- as compilers are called
    del type_, compiler, given
    return "INT"


@compiles(Words, "postgresql")
def _words(type_: Words, compiler: Any, **given: Any) -> str:  # noqa: ANN401 -- as compilers are called
    del type_, compiler, given
    return 'TEXT COLLATE "C"'


def kind_of(column: Column[Any]) -> TypeEngine[Any] | None:
    """The kind that a column's type stands for; None for a type that the databases do not keep alike."""
    stated = column.type
    if type(stated) in KINDS:
        return stated
    if isinstance(stated, Integer):
        return Whole()
    if isinstance(stated, Float):
        return Fraction()
    if isinstance(stated, Boolean):
        return Flag()
    if isinstance(stated, LargeBinary):
        return Octets()
    # A length is kept by one of them only.
    if isinstance(stated, String) and type(stated) in (String, Text) and not (stated.length or stated.collation):
        return Words()
    return None


def keepable(value: object) -> bool:
    """Whether both databases keep a value as it is."""
    if isinstance(value, bool) or value is None or isinstance(value, bytes):
        return True
    if isinstance(value, int):
        return -_WHOLE_MOST - 1 <= value <= _WHOLE_MOST
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str) and storable(value)
