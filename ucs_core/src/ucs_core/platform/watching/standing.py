"""On what a watch rests: that its watcher is vouched for, and what it may see. A watch ends when that changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from ucs_core.access.actions import Action
from ucs_core.access.edition import Profile, Row
from ucs_core.access.snapshot import Snapshot
from ucs_core.access.tokens import VerifiedToken
from ucs_core.access.vouching import check_lifetime, check_standing
from ucs_core.platform.sight import WORKING_ACTIONS
from ucs_registry.visibility import Grant
from ucs_sdk.errors import Conflict, OutOfRange

SEEING = (Action.DISCOVER, Action.READ, *WORKING_ACTIONS)
"""The actions on which it depends what a watcher is told."""

Holding = frozenset[str]
"""The ids of the live grants that serve somebody."""


class Comparisons:
    """Whether two profiles of two snapshots see the same, worked out once for all who share their roles."""

    def __init__(self) -> None:
        self._same: dict[tuple[Row, Row, int], bool] = {}

    def same(self, before: Snapshot, was: Profile, now: Snapshot, profile: Profile, at: datetime) -> bool:
        """Whether the cells that were known before look the same."""
        if was.grantees != profile.grantees:
            return False
        key = (was.row, profile.row, before.cells)
        if key not in self._same:
            # A mask may be longer than its snapshot's cells: the masks of one version are kept together.
            self._same[key] = all(
                before.visibility(was, action, at).mask[: before.cells]
                == now.visibility(profile, action, at).mask[: before.cells]
                for action in SEEING
            )
        return self._same[key]


class Standing:
    """What one watcher may see, as it was when the watch began and must stay."""

    def __init__(
        self, profile: Profile, token: VerifiedToken | None, snapshot: Snapshot, grants: Collection[Grant], at: datetime
    ) -> None:
        self.profile = profile
        self.token = token
        self.snapshot = snapshot
        self.grants: Holding = holding(grants, at)
        self._turns = next_turn(grants, at)

    def check(self, snapshot: Snapshot, at: datetime, comparisons: Comparisons, *, position: int) -> None:
        """Go on to a later snapshot. Raises Unauthenticated when nobody vouches for the watcher any more, and Conflict
        with WATCH_ACCESS_CHANGED when it may see more or less than before.
        """
        # The same version may have been compiled anew, and a profile belongs to one edition alone.
        if snapshot.edition is not self.snapshot.edition:
            profile = vouched(self.profile.principal.id, self.token, snapshot, at)
            if not comparisons.same(self.snapshot, self.profile, snapshot, profile, at):
                raise access_changed(position)
            self.profile = profile
        self.snapshot = snapshot

    def check_grants(self, grants: Collection[Grant], at: datetime, *, position: int) -> None:
        """Raise Conflict unless those of the grants to the watcher that count are those with which it began."""
        if holding(grants, at) != self.grants:
            raise access_changed(position)
        self._turns = next_turn(grants, at)

    def check_time(self, at: datetime, *, position: int) -> None:
        """Raise Conflict when a grant that serves the watcher has begun or ended by itself."""
        if self._turns is not None and self._turns <= at:
            raise access_changed(position)

    def check_token(self, at: datetime) -> None:
        """Raise Unauthenticated when the watcher's token has ended."""
        if self.token is not None:
            check_lifetime(self.token, at)


def vouched(principal: str, token: VerifiedToken | None, snapshot: Snapshot, at: datetime) -> Profile:
    """The profile of a principal. Raises Unauthenticated when it is unknown or disabled, or its token counts no more."""
    profile = snapshot.profile(principal)
    if token is not None:
        check_standing(snapshot, profile.principal, token, at)
    return profile


def holding(grants: Iterable[Grant], at: datetime) -> Holding:
    """What tells one set of grants from another: those that count at an instant."""
    return frozenset(grant.id for grant in grants if grant.live(at))


def next_turn(grants: Iterable[Grant], at: datetime) -> datetime | None:
    """When the next of these grants begins or ends, if any does."""
    turns = (turn for grant in grants for turn in (grant.valid_from, grant.valid_until))
    return min((turn for turn in turns if turn is not None and turn > at), default=None)


def other_history(position: int) -> OutOfRange:
    """What ends a watch whose position belongs to a log that is not the store's any more."""
    return OutOfRange("WATCH_OTHER_HISTORY", position=position)


def access_changed(position: int) -> Conflict:
    """What ends a watch whose watcher may see something else from now on."""
    return Conflict("WATCH_ACCESS_CHANGED", position=position)
