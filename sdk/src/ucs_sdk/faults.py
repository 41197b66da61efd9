"""What the platform answers when a plugin fails. The exception's own words go to the log and never to the caller."""

from __future__ import annotations

from ucs_sdk.errors import DeadlineExceeded, Denied, Internal, Unavailable
from ucs_sdk.messages import Phrase

TOLD_WHERE_IT_FAILED = frozenset({"PLUGIN_FAILED", "PLUGIN_ANSWER_INVALID"})
"""The reasons of failures that the log has already, under the id of the call: doors need not tell of them again."""


def plugin_failed(plugin: str, operation: str) -> Internal:
    """It raised what it should not; chain the exception behind this (`raise … from error`)."""
    return Internal("PLUGIN_FAILED", plugin=plugin, object=operation)


def plugin_timed_out(plugin: str, operation: str, seconds: float) -> DeadlineExceeded:
    """It did not answer in time."""
    return DeadlineExceeded("PLUGIN_TIMED_OUT", plugin=plugin, object=operation, seconds=f"{seconds:g}")


def plugin_answer_invalid(plugin: str, operation: str, path: str, problem: str) -> Internal:
    """It answered with something else than it declared; `problem` is a Phrase or the name of a type."""
    return Internal("PLUGIN_ANSWER_INVALID", plugin=plugin, object=operation, path=path or "answer", problem=problem)


def plugin_not_running(plugin: str, operation: str, *, retry_after: float | None = None) -> Unavailable:
    """It is starting, stopping, disabled, or failed to start."""
    return Unavailable("PLUGIN_NOT_RUNNING", plugin=plugin, object=operation, retry_after=retry_after)


def answer_of_type(answer: object, expected: type | None = None) -> Phrase:
    """Says of what type an answer is, and of which it should be, for `plugin_answer_invalid`."""
    if expected is not None:
        return Phrase("answer-not-of-type", type=type(answer).__qualname__, expected=expected.__qualname__)
    return Phrase("answer-of-type", type=type(answer).__qualname__)


def permission_missing(plugin: str, permission: str) -> Denied:
    """The plugin used what its manifest did not ask for."""
    return Denied("PERMISSION_MISSING", plugin=plugin, permission=permission)
