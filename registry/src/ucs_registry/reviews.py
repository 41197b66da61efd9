"""Whose reviews wait, and which decisions of reviewers can still be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ucs_registry.resources import Resource
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import Availability, ReviewState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueue:
    """Whose queue it is: `visibility` says what the reviewer may review. What somebody wrote or submitted waits for others."""

    reviewer: str
    visibility: Visibility

    def holds(self, resource: Resource) -> bool:
        """Whether a resource waits for this reviewer, if it may be reviewed by them at all."""
        return awaits(resource) and self.reviewer not in hands_of(resource)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What an approval or a rejection left behind: the version and the availability of the resource just after it."""

    resource: str
    version: int
    availability: Availability


def awaits(resource: Resource) -> bool:
    """Whether a resource waits for a reviewer at all: one that is retired takes no decision any more."""
    return resource.head.state is ReviewState.IN_REVIEW and resource.availability is not Availability.RETIRED


def hands_of(resource: Resource) -> frozenset[str]:
    """Those who had a hand in the latest revision, and must not review it."""
    return frozenset((*resource.head.authors, *filter(None, [resource.head.submitter])))


def waiting_since(resource: Resource) -> datetime:
    """Since when the latest revision waits; of one that was never submitted, since when it exists."""
    return resource.head.submitted_at or resource.head.created_at
