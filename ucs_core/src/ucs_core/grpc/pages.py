"""Page tokens: a cursor, bound to the question that it continues."""

from __future__ import annotations

import hashlib

from google.protobuf.message import Message

from ucs_sdk.errors import Invalid

ABOUT_THE_PAGE = ("page_size", "page_token", "include_counts")
"""The fields of a request that may differ from page to page."""


def page_token(request: Message, cursor: str) -> str:
    """The token that continues a request behind a cursor."""
    return f"{_question(request)}.{cursor}"


def cursor_of_page(request: Message, token: str) -> str | None:
    """The cursor in a token; None without one. Raises Invalid for the token of another question."""
    if not token:
        return None
    question, _, cursor = token.partition(".")
    if question != _question(request) or not cursor:
        raise Invalid("CURSOR_INVALID", path="page_token")
    return cursor


def _question(request: Message) -> str:
    question = type(request)()
    question.CopyFrom(request)
    for name in ABOUT_THE_PAGE:
        if name in request.DESCRIPTOR.fields_by_name:
            question.ClearField(name)
    # Two questions that state nothing are told apart by their types.
    asked = question.DESCRIPTOR.full_name.encode() + b"\0" + question.SerializeToString(deterministic=True)
    return hashlib.sha256(asked).hexdigest()[:16]
