"""What a caller may be allowed to do."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """The actions that policies and grants speak of.

    `discover` shows the card of a resource; `read` its specification, members and contacts. Whoever may not discover a
    resource is told that it does not exist, whatever else they may do with it.
    """

    DISCOVER = "discover"
    READ = "read"
    INVOKE = "invoke"
    CREATE = "create"
    EDIT = "edit"
    SUBMIT = "submit"
    REVIEW = "review"
    OPERATE = "operate"
    RETIRE = "retire"
    ADMINISTER = "administer"
    AUDIT = "audit"
