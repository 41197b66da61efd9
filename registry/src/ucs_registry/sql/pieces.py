"""JSON as an expression of SQL: constant pieces, and values between them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import TypeAlias

from sqlalchemy import ColumnElement, Integer, Text, case, cast, func, literal_column

Piece: TypeAlias = "str | ColumnElement[str]"
"""JSON as it is, or an expression whose value is JSON. Such a value is never NULL."""


def fixed(text: str) -> ColumnElement[str]:
    """A text that stands in the statement itself. It comes from a shape or from the code, never from a request."""
    escaped = text.replace("'", "''")
    return literal_column(f"'{escaped}'", Text)


def joined(pieces: Iterable[Piece]) -> ColumnElement[str]:
    """One expression of all pieces, with neighbouring constants as one."""
    parts: list[ColumnElement[str]] = []
    constant = ""
    for piece in pieces:
        if isinstance(piece, str):
            constant += piece
            continue
        if constant:
            parts.append(fixed(constant))
            constant = ""
        parts.append(piece)
    if constant or not parts:
        parts.append(fixed(constant))
    return reduce(add, parts)


def plain(text: ColumnElement[str], before: str = "") -> list[Piece]:
    """A text that is never NULL and holds nothing that JSON would escape: an id, a word of a vocabulary, an instant."""
    return [f'"{before}', text, '"']


def plain_or_null(text: ColumnElement[str], before: str = "") -> list[Piece]:
    """The same for a text that may be NULL."""
    return [func.coalesce(joined(plain(text, before)), fixed("null"), type_=Text)]


def number(value: ColumnElement[int]) -> list[Piece]:
    """A whole number."""
    return [cast(value, Text)]


def flag(condition: ColumnElement[bool]) -> list[Piece]:
    """A truth value."""
    return [where(condition, ["true"], ["false"])]


def where(condition: ColumnElement[bool], then: Iterable[Piece], otherwise: Iterable[Piece] = ("null",)) -> Piece:
    """One JSON or another."""
    return case((condition, joined(then)), else_=joined(otherwise))


def otherwise(value: ColumnElement[str], absent: str = "null") -> list[Piece]:
    """A JSON, or a constant one where it is NULL."""
    return [func.coalesce(value, fixed(absent), type_=Text)]


def whole(value: int) -> ColumnElement[int]:
    """A whole number that stands in the statement itself."""
    return literal_column(str(value), Integer)
