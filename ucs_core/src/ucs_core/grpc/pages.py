"""Page tokens: a cursor, bound to the question that it continues."""

from __future__ import annotations

import hashlib

from google.protobuf.message import Message

from ucs_sdk.errors import Invalid

ABOUT_THE_PAGE = ("page_size", "page_token", "include_counts", "facets")
"""The fields of a request that may differ from page to page."""


_BACKWARD = "~"
"""Stands before a cursor at which a page ends; no cursor begins with it."""


def page_token(request: Message, cursor: str) -> str:
    """The token that continues a request behind a cursor."""
    return f"{_question(request)}.{cursor}"


def previous_token(request: Message, cursor: str) -> str:
    """The token that continues a request ahead of a cursor, toward the beginning of the list."""
    return page_token(request, f"{_BACKWARD}{cursor}")


def page_of_token(request: Message, token: str) -> tuple[str | None, bool]:
    """The cursor in a token, None without one, and whether the page ends there rather than begins."""
    cursor = cursor_of_page(request, token)
    if cursor is None or not cursor.startswith(_BACKWARD):
        return cursor, False
    return cursor.removeprefix(_BACKWARD), True


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
