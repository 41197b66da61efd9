"""Enumerations between the wire and the platform: `RESOURCE_KIND_DATA` there is `data` here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import cache

from google.protobuf.descriptor import EnumDescriptor

from ucs_sdk.errors import Invalid


@cache
def numbers(enum: EnumDescriptor) -> Mapping[str, int]:
    """The numbers of an enumeration by their plain names; 0, which says nothing, has none."""
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
    return {value.name.removeprefix(prefix).lower(): value.number for value in enum.values if value.number}


@cache
def _names(enum: EnumDescriptor) -> Mapping[int, str]:
    return {number: name for name, number in numbers(enum).items()}


def name_of(enum: EnumDescriptor, number: int, path: str) -> str:
    """The plain name of a number. Raises Invalid for one that the enumeration does not have."""
    name = _names(enum).get(number)
    if name is None:
        raise not_one_of(path, str(number), list(numbers(enum)))
    return name


def number_of(enum: EnumDescriptor, name: str, path: str) -> int:
    """The number of a plain name. Raises Invalid for one that the enumeration does not have."""
    number = numbers(enum).get(name)
    if number is None:
        raise not_one_of(path, name, list(numbers(enum)))
    return number


def not_one_of(path: str, value: str, allowed: list[str]) -> Invalid:
    """The error for a value outside of a list, with the nearest that is in it."""
    near = difflib.get_close_matches(value, allowed, n=1)
    return Invalid("FIELD_NOT_ONE_OF", path=path, value=value[:80], allowed=allowed, near=near, more=0)
