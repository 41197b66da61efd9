"""Rows that were not entered, as they are told, and remembered with the answer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from ucs_sdk.errors import UcsError
from ucs_sdk.messages import Locale


class Rejection(BaseModel):
    """A row that was not entered: its place, counted from 0, and why."""

    model_config = ConfigDict(frozen=True)

    index: int
    code: str
    reason: str
    fields: dict[str, str]
    message_zh: str
    message_en: str


def rejection_of(place: int, refusal: UcsError) -> Rejection:
    """A refusal of one row, as it is told and remembered."""
    return Rejection(
        index=place,
        code=refusal.code.value,
        reason=refusal.reason,
        fields={name: _text(value) for name, value in refusal.fields.items() if value is not None},
        message_zh=refusal.message(Locale.ZH),
        message_en=refusal.message(Locale.EN),
    )


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple, set, frozenset)) else str(value)
