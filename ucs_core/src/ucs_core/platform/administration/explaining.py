"""Questions about access itself: why somebody may or may not, who may, and what an edit would change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

from ucs_core.access.actions import Action
from ucs_core.access.edits import AccessEdits
from ucs_core.access.explain import Explanation, explain
from ucs_core.access.policy import HeldRole
from ucs_core.access.what_if import Difference, Expectation, TestResult
from ucs_core.access.who_can import EffectiveAction, Holder, all_who_can
from ucs_core.platform.administration.delegation import OVERSIGHT, Delegation
from ucs_core.platform.administration.foresight import SAMPLES, foresee, try_out
from ucs_core.platform.paging import Page, PageArguments, PageAsked, Places, Window, among, places_by_id
from ucs_core.platform.sight import Sight, denial, profile_of
from ucs_registry.resources import Resource

_BY_PRINCIPAL: Places[Holder, str] = places_by_id(lambda holder: holder.principal.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderPage(Page[Holder]):
    """A page of those who may, in the order of their ids; `total` counts all of them."""

    total: int


class AccessQuestions:
    """What one caller may learn of who may do what."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._reader = sight.reader

    async def why(self, action: Action, name: str, principal: str | None = None) -> Explanation:
        """Why a caller may or may not. About others only an auditor or administrator of the resource may ask."""
        resource = await self._sight.discovered(name)
        sight = await self._eyes_of(principal, resource)
        decision = sight.snapshot.decide(sight.profile, action, resource.access)
        granted = decision.needs_grant and (await sight.decide(action, resource)).allowed
        found = explain(sight.snapshot, sight.profile, action, resource.access, granted=granted)
        return replace(found, roles=self._told(sight, resource))

    async def effective(self, name: str, principal: str | None = None) -> list[EffectiveAction]:
        """What a caller may do to a resource, action by action. About others only those may ask who may ask `why`."""
        resource = await self._sight.discovered(name)
        sight = await self._eyes_of(principal, resource)
        found = []
        for action in Action:
            decision = await sight.decide(action, resource)
            found.append(
                EffectiveAction(
                    action=action,
                    allowed=decision.allowed,
                    rule=decision.rule,
                    needs_grant=decision.needs_grant,
                )
            )
        return found

    async def who_can(self, action: Action, name: str, **page: Unpack[PageArguments]) -> HolderPage:
        """Who may do something to a resource, in the order of their ids. Only its auditors and administrators may ask."""
        window = Window(PageAsked(**page), _BY_PRINCIPAL)
        resource = await self._sight.discovered(name)
        await self._check_overseer(resource)
        live = await self._reader.find_grants(resources=[resource.name], live_at=self._sight.at)
        grantees = {grant.grantee for grant in live if grant.action == action.value}
        # Everybody is looked at: other requests go on meanwhile.
        found = await asyncio.to_thread(all_who_can, self._sight.snapshot, action, resource.access, grantees)
        shown = window.page_at_hand(among(found, _BY_PRINCIPAL.of))
        return HolderPage(
            items=shown.items, cursors=shown.cursors, more=shown.more, earlier=shown.earlier, total=len(found)
        )

    async def what_if(self, edits: AccessEdits, *, samples: int = SAMPLES, **page: Unpack[PageArguments]) -> Difference:
        """What edits would change, exactly, before they are made; up to `samples` resources of each line are named.

        Only who may administer or audit the platform itself may ask. Raises Invalid for rows that could not be
        stored. What is to be removed and is not there changes nothing here; `apply` refuses it.
        """
        self._check_platform()
        return await foresee(self._sight, edits, asked=PageAsked(**page), samples=samples)

    async def test(self, edits: AccessEdits, expectations: Sequence[Expectation]) -> list[TestResult]:
        """Whether access would be as expected if edits were made, one by one. Who may ask `what_if` may ask this."""
        self._check_platform()
        return await try_out(self._sight, edits, expectations)

    async def _eyes_of(self, principal: str | None, resource: Resource) -> Sight:
        """The sight of the one who is asked about, if the caller may ask."""
        if principal is None or principal == self._sight.principal.id:
            return self._sight
        await self._check_overseer(resource)
        return replace(self._sight, profile=profile_of(self._sight.snapshot, principal))

    def _told(self, sight: Sight, resource: Resource) -> tuple[HeldRole, ...]:
        """The roles of the one who is asked about. What somebody is elsewhere is for those to know who oversee them."""
        roles, delegation = sight.profile.roles, Delegation(self._sight)
        if sight is self._sight or delegation.oversees(sight.principal.organization):
            return roles
        edition = sight.snapshot.edition
        position = edition.tree.positions.get(resource.owner, edition.tree.nowhere)
        return tuple(
            held
            for held in roles
            if edition.index.reach(held, position, edition.tree) or (held.anchor and delegation.oversees(held.anchor))
        )

    async def _check_overseer(self, resource: Resource) -> None:
        # By policy alone: a grant is given for one resource, and what is asked here is who else there is.
        sight = self._sight
        decisions = [sight.snapshot.decide(sight.profile, action, resource.access) for action in OVERSIGHT]
        if not any(decision.allowed for decision in decisions):
            raise denial(Action.ADMINISTER, resource.name, decisions[0])

    def _check_platform(self) -> None:
        sight = self._sight
        if not sight.snapshot.decide_organization(sight.profile, Action.AUDIT, None).allowed:
            sight.require_organization(Action.ADMINISTER, None)
