"""The shape of a message."""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """One message in both languages."""

    en: str
    zh: str
