"""Values on their way to PostgreSQL and back, in its textual form. Bytes go there as they are: a mask has one for each cell, and
nobody has to spell it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from psycopg.pq.abc import PGresult

from ucs_registry.sql.direct.ports import Row


def encoded(value: object) -> bytes | None:
    """A parameter as the server reads it. Raises ValueError or TypeError for what it has no form for."""
    return None if value is None else _FORMS[type(value)](value)


def format_of(value: object) -> int:
    """In which form `encoded` leaves a value: 1 for bytes as they are, 0 for text."""
    return int(isinstance(value, bytes))


def first_row(result: PGresult) -> Row | None:
    """The first row of a result; None when there is none."""
    if not result.ntuples:
        return None
    return tuple(
        None if (sent := result.get_value(0, at)) is None else _READ.get(result.ftype(at), bytes)(sent)
        for at in range(result.nfields)
    )


def _text(value: str) -> bytes:
    sent = value.encode()
    # The protocol's texts end at a zero: what stands behind it would be passed over.
    if b"\0" in sent:
        raise ValueError("a text for PostgreSQL cannot hold a zero character")
    return sent


class _Forms(dict[type, Callable[[Any], bytes]]):
    def __missing__(self, kind: type) -> Callable[[Any], bytes]:
        for known in (bool, int, float, str, bytes):
            if issubclass(kind, known):
                return self[known]
        raise TypeError(f"a value of type {kind.__name__} has no form in a direct statement")


_FORMS = _Forms(
    {
        str: _text,
        int: lambda value: b"%d" % value,
        bool: lambda value: b"t" if value else b"f",
        float: lambda value: repr(float(value)).encode(),
        bytes: lambda value: value,
    }
)

_READ: Mapping[int, Callable[[bytes], int | float | bool | bytes]] = {
    16: lambda sent: sent == b"t",
    17: lambda sent: bytes.fromhex(sent[2:].decode()),
    20: int,
    21: int,
    23: int,
    700: float,
    701: float,
    1700: float,
}
