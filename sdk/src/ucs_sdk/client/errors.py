"""What only clients have to say, and which refusals pass by themselves."""

from __future__ import annotations

from typing import TypeVar

from ucs_sdk.errors import Code, OutOfRange, UcsError
from ucs_sdk.messages import Locale

Refusal = TypeVar("Refusal", bound=UcsError)

LOST_POSITIONS = frozenset({"WATCH_TOO_OLD", "WATCH_OTHER_HISTORY", "WATCH_ACCESS_CHANGED"})
"""The reasons for which a watch cannot go on from where it was."""

UNCERTAIN = frozenset({"OUTCOME_UNKNOWN"})
"""The reasons that leave open whether a call took effect: under the same request id it can be sent again."""

CONTENDED = frozenset({"RECORDS_CONTENDED", "ADMISSION_CONTENDED"})
"""The reasons that say that others were quicker, and that nothing was changed."""

BROKEN_WATCHES = frozenset({"WATCH_FAILED"})
"""The reasons that end a watch by a fault of the platform, behind which it goes on."""


class PositionLost(OutOfRange):
    """A watch cannot go on from its position, which `fields` hold: list again, and watch behind the list's position.

    `reason` says why: WATCH_TOO_OLD (changes behind it are not kept any more), WATCH_OTHER_HISTORY (the database was put
    back), or WATCH_ACCESS_CHANGED (what the caller may see is not what it was).
    """


def passing(error: UcsError) -> bool:
    """Whether a later try may pass, so that whoever can repeat the call without harm should.

    A plugin that is not running and has not said when it will be is no such case.
    """
    if error.retry_after is not None or error.reason in CONTENDED:
        return True
    return error.code is Code.UNAVAILABLE and not error.reason.startswith("PLUGIN_")


def lost(error: UcsError) -> PositionLost:
    """The same refusal, as what it means for a watch."""
    found = PositionLost(error.reason, retry_after=error.retry_after, **error.fields)
    found.said, found.locale = error.said, error.locale
    return found


def spoken(error: Refusal, locale: Locale, **more: object) -> Refusal:
    """The error, which speaks this language unless it is asked for another, with more fields."""
    error.locale = locale
    error.fields = {**error.fields, **more}
    return error
