"""How the public is told of a case: the vocabulary of Open311 GeoReport v2, and an extended status beside it.

GeoReport v2 knows `open` and `closed` only; the extended statuses are those that FixMyStreet uses for the same purpose.
"""

from __future__ import annotations

from typing import NamedTuple

from ucs_capability_case_center.vocabulary import CaseState as S


class Status(NamedTuple):
    """What is said to the public about where a case stands."""

    open311: str
    extended: str


STATUS: dict[S, Status] = {
    S.REPORTED: Status("open", "unconfirmed"),
    S.VERIFYING: Status("open", "investigating"),
    S.ACCEPTED: Status("open", "confirmed"),
    S.FILED: Status("open", "confirmed"),
    S.DISPATCHED: Status("open", "action scheduled"),
    S.DISPOSING: Status("open", "in progress"),
    S.CHECKING: Status("open", "fixed - council"),
    S.CLOSED: Status("closed", "closed"),
    S.REJECTED: Status("closed", "unable to fix"),
    S.VOIDED: Status("closed", "hidden"),
}
"""Every state has one."""

SUSPENDED = "planned"
"""The extended status of a case whose clock is suspended, wherever it stands."""


def status(state: S, *, suspended: bool = False) -> Status:
    """What is said to the public."""
    return STATUS[state]._replace(extended=SUSPENDED) if suspended else STATUS[state]
