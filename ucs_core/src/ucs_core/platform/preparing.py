"""Rows of an import, looked at as far as can be without the store, with errors that name the field."""

from __future__ import annotations

from functools import partial

from ucs_core.platform.validation import parse
from ucs_core.rows import reading
from ucs_core.rows.reading import Row, Stated, Types
from ucs_registry.entering import ImportedResource
from ucs_sdk.errors import UcsError

_parsed = partial(parse, ImportedResource)


def row_of(stated: Stated, types: Types) -> Row:
    """What is to be entered of a row. Raises Invalid."""
    return reading.row_of(stated, types, _parsed)


def row_or_refusal(stated: Stated, types: Types) -> Row | UcsError:
    """What is to be entered of a row, or why it is not."""
    try:
        return row_of(stated, types)
    except UcsError as refusal:
        return refusal
