"""What one caller may do at one instant, over one state of the store: the basis of every session.

The access snapshot is brought to the store's head before anything is decided, so a revocation that was committed counts
from the next session on, on every node.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.shadow import Shadow
from ucs_core.access.snapshot import Decision, Profile, Snapshot
from ucs_core.access.tokens import VerifiedToken
from ucs_core.access.vouching import check_standing
from ucs_core.platform.views import ResourceView, needed_by, view
from ucs_registry.canonical import storable
from ucs_registry.ports import Reader
from ucs_registry.principals import Principal
from ucs_registry.resources import Dependency, Deprecation, Resource
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import Denied, NotFound, Unauthenticated

WORKING_ACTIONS = (
    Action.EDIT,
    Action.SUBMIT,
    Action.REVIEW,
    Action.OPERATE,
    Action.RETIRE,
    Action.ADMINISTER,
)
"""Whoever may do one of these to a resource is shown its latest revision and its etag."""


class Ruling(Exception):
    """What a denial is raised from: the policy row that decided it. The log says so, the caller is not told."""

    def __init__(self, rule: str | None) -> None:
        self.rule = rule
        super().__init__(rule)


def denial(action: Action, object: str, decision: Decision) -> Denied:
    """The refusal of an action on an object that the caller knows of."""
    # `ucs why` explains what may be done to a resource, and to nothing else.
    explained = object.startswith("resources/")
    refusal = Denied("DENIED" if explained else "DENIED_THERE", action=action.value, object=object)
    refusal.__cause__ = Ruling(decision.rule)
    return refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What one caller may do at one instant, as far as no store is asked."""

    snapshot: Snapshot
    profile: Profile
    at: datetime
    shadow: Shadow | None = None

    @property
    def principal(self) -> Principal:
        """The caller."""
        return self.profile.principal

    def visibility(self, action: Action = Action.DISCOVER) -> Visibility:
        """The caller's visibility for an action."""
        visibility = self.snapshot.visibility(self.profile, action, self.at)
        if self.shadow is not None and self.shadow.turn():
            self.shadow.note_visibility(self.snapshot, self.profile, action, visibility)
        return visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight(Judge):
    """What one caller may do at one instant, over one state of the store: the basis of every session."""

    reader: Reader

    async def decide(self, action: Action, resource: Resource) -> Decision:
        """Whether the caller may, grants included."""
        access, granted = resource.access, False
        decision = self.snapshot.decide(self.profile, action, access)
        if decision.needs_grant and await self.reader.visible([resource.id], self.visibility(action)):
            granted = True
            decision = self.snapshot.decide(self.profile, action, access, granted=True)
        if self.shadow is not None and self.shadow.turn():
            self.shadow.note(self.snapshot, self.profile, action, access, granted, decision)
        return decision

    async def require(self, action: Action, resource: Resource) -> Decision:
        """The decision that allows it. Raises NotFound when the caller may not even discover it, else Denied."""
        # Whatever else the caller may do with it: what it may not discover does not exist for it.
        if not (await self.decide(Action.DISCOVER, resource)).allowed:
            raise NotFound("NOT_FOUND", object=resource.name)
        decision = await self.decide(action, resource)
        if not decision.allowed:
            raise denial(action, resource.name, decision)
        return decision

    async def discovered(self, name: str, told: str | None = None) -> Resource:
        """A resource that the caller may discover. Raises NotFound; `told` is what the caller named, when it is another."""
        found = await self.reader.resource(resource_id(name))
        if found is None or not (await self.decide(Action.DISCOVER, found)).allowed:
            raise NotFound("NOT_FOUND", object=(told or name)[:80])
        return found

    def require_organization(self, action: Action, organization: str | None) -> Decision:
        """The decision that allows an action on an organisation or, with None, on the platform as a whole; or Denied."""
        decision = self.snapshot.decide_organization(self.profile, action, organization)
        if self.shadow is not None and self.shadow.turn():
            self.shadow.note_organization(self.snapshot, self.profile, action, organization, decision)
        if not decision.allowed:
            raise denial(action, "platform" if organization is None else f"organizations/{organization}", decision)
        return decision

    async def views(self, resources: Sequence[Resource]) -> list[ResourceView]:
        """What the caller sees of resources that it may discover."""
        readable = await self._allowed(resources, (Action.READ,))
        working = await self._allowed(resources, WORKING_ACTIONS)
        deprecated = await self._deprecated(resources, working)
        linked = await self._seen_links(resources, working, deprecated)
        members = await self.reader.member_counts(readable)
        return [
            view(
                resource,
                readable=resource.id in readable,
                works_on_it=resource.id in working,
                linked=linked,
                deprecated=deprecated,
                members=members.get(resource.id, 0),
            )
            for resource in resources
        ]

    async def unseen_links(self, resource: Resource) -> list[Dependency]:
        """Those links of the latest revision that lead to what the caller may not discover."""
        links = resource.head.content.dependencies
        seen = await self.seen([link.target for link in links])
        return [link for link in links if link.target not in seen]

    async def _allowed(self, resources: Sequence[Resource], actions: Sequence[Action]) -> set[str]:
        """The ids of those to which the caller may do at least one of the actions, grants included."""
        attributes = [(resource.id, resource.access) for resource in resources]
        allowed: set[str] = set()
        for action in actions:
            by_grant = []
            for id, access in attributes:
                if id not in allowed:
                    decision = self.snapshot.decide(self.profile, action, access)
                    if self.shadow is not None and self.shadow.turn():
                        self.shadow.note(self.snapshot, self.profile, action, access, False, decision)
                    if decision.allowed:
                        allowed.add(id)
                    elif decision.needs_grant:
                        by_grant.append(id)
            if by_grant:
                allowed |= await self.reader.visible(by_grant, self.visibility(action))
        return allowed

    async def _deprecated(self, resources: Sequence[Resource], working: set[str]) -> dict[str, Deprecation]:
        """What was announced of that which the resources need that the caller works on, by name."""
        needed = {name for resource in resources if resource.id in working for name in needed_by(resource)}
        if not needed:
            return {}
        found = await self.reader.deprecations([name.removeprefix("resources/") for name in needed])
        return {f"resources/{id}": announced for id, announced in found.items()}

    async def _seen_links(
        self, resources: Sequence[Resource], working: set[str], deprecated: Mapping[str, Deprecation]
    ) -> set[str]:
        contents = [resource.shown.content for resource in resources]
        contents += [resource.head.content for resource in resources if resource.id in working]
        names = {link.target for content in contents for link in content.dependencies}
        announced = [resource.deprecation for resource in resources] + list(deprecated.values())
        return await self.seen(names | {item.alternative for item in announced if item and item.alternative})

    async def seen(self, names: Collection[str]) -> set[str]:
        """Those of these resources that the caller may discover, by name."""
        if not names:
            return set()
        ids = [name.removeprefix("resources/") for name in names]
        return {f"resources/{id}" for id in await self.reader.visible(ids, self.visibility())}


def profile_of(snapshot: Snapshot, principal: str) -> Profile:
    """The profile of somebody who is asked about. Raises NotFound when there is no such principal, or it is disabled."""
    try:
        return snapshot.profile(principal)
    except Unauthenticated as cause:
        # It is not the one who asks that nobody vouches for.
        raise NotFound("NOT_FOUND", object=f"principals/{principal[:64]}") from cause


async def see(
    reader: Reader, authority: Authority, principal: str, at: datetime, token: VerifiedToken | None = None
) -> Sight:
    """The sight of a principal over what a reader sees.

    Raises Unauthenticated when it is unknown or disabled there, or when the token that vouches for it counts no more.
    """
    snapshot = await authority.at(reader)
    profile = snapshot.profile(principal)
    if token is not None:
        check_standing(snapshot, profile.principal, token, at)
    return Sight(reader=reader, snapshot=snapshot, profile=profile, at=at, shadow=authority.shadow)


def resource_id(name: str) -> str:
    """The ULID in `resources/{ULID}`; a bare ULID is taken as well. Raises NotFound for other names."""
    id = name.removeprefix("resources/")
    if len(id) != 26 or not id.isalnum():
        raise NotFound("NOT_FOUND", object=name[:80])
    return id.upper()


def logged_name(name: str) -> str:
    """How the log names the resource that a caller named: by its one name, or as far as it can be kept when it is none."""
    try:
        return f"resources/{resource_id(name)}"
    except NotFound:
        return name[:80] if storable(name) else "resources/-"
