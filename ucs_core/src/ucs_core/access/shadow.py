"""The shadow: a sample of live decisions, decided again by casbin's own enforcer over the rows as the store has them.

The compiled policies are fast and ours; the enforcer is slow and plain. Where the two differ, one of them is wrong and the
operator is told: in the log with everything that is needed to look into it, and in the figures of the node.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle

import structlog

from ucs_core.access.actions import Action
from ucs_core.access.cells import BARE, OTHERS, Combination
from ucs_core.access.edition import Decision, Profile
from ucs_core.access.policy import MEMBER, PUBLIC
from ucs_core.access.snapshot import Snapshot
from ucs_registry.organizations import Organization
from ucs_registry.ports import Reader, Store
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.resources import AccessAttributes
from ucs_registry.settling import beside
from ucs_registry.visibility import ALLOWED, DENIED, Visibility
from ucs_sdk.errors import Unavailable

EVERY = 97
"""One decision in so many is sampled. A prime, so that it does not keep step with what one request decides in turn."""

KEPT_MOST = 200
"""How many samples wait for the next round at most; what comes beyond them is passed over and counted."""

PAUSE_SECONDS = 2.0
"""How long it rests between two rounds at least."""

_REST = 19
"""It rests so many times as long as the last round took: no more than a twentieth of one core is spent."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A decision as it was made. Of an organisation, and of the platform (owner None), the combination is bare."""

    version: int
    stamp: str
    principal: str
    action: Action
    owner: str | None
    combination: Combination
    granted: bool
    allowed: bool
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    sample: Sample
    allowed: bool
    rule: str | None


class Shadow:
    """Takes samples of live decisions and replays them in the background.

    `checked` counts the replayed, `differences` those on which the enforcer says something else, and `dropped` those that
    came to nothing: because access had changed before their turn, or because too many were waiting.
    """

    def __init__(
        self, store: Store, *, every: int = EVERY, most: int = KEPT_MOST, pause: float = PAUSE_SECONDS
    ) -> None:
        self._store = store
        self._most = most
        self._pause = pause
        self._samples: list[Sample] = []
        self._noted = 0
        self._known: tuple[tuple[int, str], list[Organization], dict[str, Principal]] = ((-1, ""), [], {})
        self.checked = 0
        self.differences = 0
        self.dropped = 0
        self.turn: Callable[[], bool] = cycle([*[False] * (every - 1), True]).__next__
        """Whether the present decision is to be noted: asked once for each, so it costs as little as can be."""

    def note(
        self,
        snapshot: Snapshot,
        profile: Profile,
        action: Action,
        attributes: AccessAttributes,
        granted: bool,
        decision: Decision,
    ) -> None:
        """Keep a decision on a resource."""
        combination = OTHERS(attributes.__dict__)
        self._keep(snapshot, profile, action, attributes.owner, combination, granted, decision.allowed, decision.rule)

    def note_organization(
        self, snapshot: Snapshot, profile: Profile, action: Action, organization: str | None, decision: Decision
    ) -> None:
        """Keep a decision on an organisation or, with None, on the platform."""
        self._keep(snapshot, profile, action, organization, BARE, False, decision.allowed, decision.rule)

    def note_visibility(self, snapshot: Snapshot, profile: Profile, action: Action, visibility: Visibility) -> None:
        """Keep what a mask says of one cell, each time of another."""
        if visibility.mask:
            self._noted += 1
            # Far steps visit all cells before they come back to one, and neighbours are of one owner often.
            cell = self._noted * 7919 % len(visibility.mask)
            owner, combination = snapshot.cell(cell)
            verdict = visibility.verdict(cell)
            self._keep(snapshot, profile, action, owner, combination, False, verdict == ALLOWED, None)
            self._keep(snapshot, profile, action, owner, combination, True, verdict != DENIED, None)

    async def check(self) -> int:
        """Replay what has been noted; how many that were. Raises Unavailable when the store does not answer."""
        samples, self._samples = self._samples, []
        if not samples:
            return 0
        async with self._store.read() as reader:
            # The same number may be that of another history, when the database was put back under a running node.
            at = reader.head.access_version, reader.head.access_stamp
            present = [sample for sample in samples if (sample.version, sample.stamp) == at]
            self.dropped += len(samples) - len(present)
            if not present:
                return 0
            organizations, people = await self._state(reader)
            rules = await _rules_of(reader, {sample.principal for sample in present})
        asked = [people[id] for id in sorted({sample.principal for sample in present}) if id in people]
        found = await asyncio.to_thread(_replayed, organizations, asked, rules, present)
        self.checked += len(present)
        self.differences += len(found)
        for difference in found:
            _alarm(difference)
        return len(present)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Check in the background until the end of the block."""
        async with beside(self._run()):
            yield

    async def _run(self) -> None:
        rest = self._pause
        while True:
            await asyncio.sleep(rest)
            started = time.monotonic()
            try:
                await self.check()
            except Unavailable:
                log.warning("access_shadow_without_store")
            except Exception:
                # It must outlive a fault of its own, and say that it had one.
                log.exception("access_shadow_failed")
            rest = max(self._pause, _REST * (time.monotonic() - started))

    async def _state(self, reader: Reader) -> tuple[list[Organization], dict[str, Principal]]:
        """The organisations and principals of the reader's access version, read once for each."""
        version = reader.head.access_version, reader.head.access_stamp
        if self._known[0] != version:
            people = {person.id: person for person in await reader.principals()}
            self._known = (version, await reader.all_organizations(), people)
        return self._known[1], self._known[2]

    def _keep(
        self,
        snapshot: Snapshot,
        profile: Profile,
        action: Action,
        owner: str | None,
        combination: Combination,
        granted: bool,
        allowed: bool,
        rule: str | None,
    ) -> None:
        if len(self._samples) >= self._most:
            self.dropped += 1
            return
        self._samples.append(
            Sample(
                version=snapshot.version,
                stamp=snapshot.edition.stamp,
                principal=profile.principal.id,
                action=action,
                owner=owner,
                combination=combination,
                granted=granted,
                allowed=allowed,
                rule=rule,
            )
        )


async def _rules_of(reader: Reader, principals: set[str]) -> list[RuleRow]:
    """The assignments of some principals, and all policies of the roles that they hold."""
    assigned = await reader.rules_of("g", sorted(principals))
    roles = {PUBLIC, MEMBER} | {row.values[1] for row in assigned if len(row.values) > 1}
    return [*await reader.rules_of("p", sorted(roles)), *assigned]


def _replayed(
    organizations: Iterable[Organization],
    principals: Sequence[Principal],
    rules: Sequence[RuleRow],
    samples: Iterable[Sample],
) -> list[_Difference]:
    """Those samples of which a freshly built enforcer says something else."""
    # Casbin takes 80 ms to load, which the command line and a node's start can do without.
    from ucs_core.access.oracle import build_enforcer  # noqa: PLC0415 -- loaded when it is first needed

    enforcer = build_enforcer(organizations, principals, rules)
    found = []
    for sample in samples:
        owner = "-" if sample.owner is None else sample.owner
        allowed, row = enforcer.enforce_ex(
            sample.principal, owner, *map(str, sample.combination), sample.granted, sample.action.value
        )
        if allowed != sample.allowed:
            found.append(_Difference(sample=sample, allowed=allowed, rule=row[0] if row else None))
    return found


def _alarm(difference: _Difference) -> None:
    sample = difference.sample
    log.error(
        "access_decision_differs",
        access_version=sample.version,
        principal=f"principals/{sample.principal}",
        action=sample.action.value,
        owner=sample.owner,
        attributes=[str(value) for value in sample.combination],
        granted=sample.granted,
        decided="allowed" if sample.allowed else "denied",
        decided_by=sample.rule,
        enforcer="allowed" if difference.allowed else "denied",
        enforcer_by=difference.rule,
    )
