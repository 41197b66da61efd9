"""Reading: one consistent state of the catalogue, through the eyes of one caller.

Every session begins at the store's head. The access snapshot is brought to that head before anything is decided, so a
revocation that was committed counts from the next session on, on every node.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.explain import Explanation, explain
from ucs_core.access.snapshot import Decision, Profile, Snapshot
from ucs_core.platform.calls import Clock
from ucs_core.platform.validation import near_organizations
from ucs_core.platform.views import DependencyView, ResourcePage, ResourceView, page_of, view
from ucs_registry.canonical import storable
from ucs_registry.log import Entry
from ucs_registry.organizations import Organization
from ucs_registry.ports import Edge, Reader, Store
from ucs_registry.principals import Principal
from ucs_registry.queries import PAGE_MOST, Cursor, Dimension, Order, ResourceQuery, page_size
from ucs_registry.resources import Dependency, Resource
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import Denied, Invalid, NotFound, Unauthenticated

LOG_BATCH = 500
"""How many entries of the log are read at a time at least."""

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
class Sight:
    """What one caller may do at one instant, over one state of the store: the basis of every session."""

    reader: Reader
    snapshot: Snapshot
    profile: Profile
    at: datetime

    @property
    def principal(self) -> Principal:
        """The caller."""
        return self.profile.principal

    def visibility(self, action: Action = Action.DISCOVER) -> Visibility:
        """The caller's visibility for an action."""
        return self.snapshot.visibility(self.profile, action, self.at)

    async def decide(self, action: Action, resource: Resource) -> Decision:
        """Whether the caller may, grants included."""
        decision = self.snapshot.decide(self.profile, action, resource.access)
        if decision.needs_grant and await self.reader.visible([resource.id], self.visibility(action)):
            return self.snapshot.decide(self.profile, action, resource.access, granted=True)
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

    def require_organization(self, action: Action, organization: str | None) -> Decision:
        """The decision that allows an action on an organisation or, with None, on the platform as a whole; or Denied."""
        decision = self.snapshot.decide_organization(self.profile, action, organization)
        if not decision.allowed:
            raise denial(action, "platform" if organization is None else f"organizations/{organization}", decision)
        return decision

    async def views(self, resources: Sequence[Resource]) -> list[ResourceView]:
        """What the caller sees of resources that it may discover."""
        readable = await self._allowed(resources, (Action.READ,))
        working = await self._allowed(resources, WORKING_ACTIONS)
        linked = await self._seen_links(resources, working)
        return [
            view(resource, readable=resource.id in readable, works_on_it=resource.id in working, linked=linked)
            for resource in resources
        ]

    async def unseen_links(self, resource: Resource) -> list[Dependency]:
        """Those links of the latest revision that lead to what the caller may not discover."""
        links = resource.head.content.dependencies
        seen = await self._seen([link.target for link in links])
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
                    if decision.allowed:
                        allowed.add(id)
                    elif decision.needs_grant:
                        by_grant.append(id)
            if by_grant:
                allowed |= await self.reader.visible(by_grant, self.visibility(action))
        return allowed

    async def _seen_links(self, resources: Sequence[Resource], working: set[str]) -> set[str]:
        contents = [resource.shown.content for resource in resources]
        contents += [resource.head.content for resource in resources if resource.id in working]
        return await self._seen({link.target for content in contents for link in content.dependencies})

    async def _seen(self, names: Collection[str]) -> set[str]:
        """Those of these resources that the caller may discover, by name."""
        if not names:
            return set()
        ids = [name.removeprefix("resources/") for name in names]
        return {f"resources/{id}" for id in await self.reader.visible(ids, self.visibility())}


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


class ReadSession:
    """The questions that one caller may ask of one state. Answers hold only what the caller may see."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._reader = sight.reader

    @property
    def position(self) -> int:
        """The log position whose state this session sees."""
        return self._reader.head.position

    @property
    def principal(self) -> Principal:
        """The caller."""
        return self._sight.principal

    @property
    def roles(self) -> list[tuple[str, str | None]]:
        """The caller's roles, each with the organisation at which it is held, if any."""
        return list(self._sight.profile.roles)

    async def resource(self, name: str) -> ResourceView:
        """One resource by name. Raises NotFound when it does not exist or may not be discovered."""
        return await self._shown(await self._reader.resource(resource_id(name)), name)

    async def resource_by_code(self, code: str) -> ResourceView:
        """One resource by code. Raises NotFound when it does not exist or may not be discovered."""
        return await self._shown(await self._reader.resource_by_code(code), code[:80])

    async def resources_by_name(self, names: Iterable[str]) -> dict[str, ResourceView]:
        """Those that exist and may be discovered, by name."""
        found = await self._reader.resources([name.removeprefix("resources/") for name in names])
        seen = await self._reader.visible(found, self._sight.visibility())
        shown = await self._sight.views([resource for id, resource in found.items() if id in seen])
        return {item.name: item for item in shown}

    async def resources(
        self,
        query: ResourceQuery,
        *,
        order: Order = Order.UPDATED_DESC,
        first: int | None = None,
        after: str | None = None,
    ) -> ResourcePage:
        """A page of the resources that the caller may discover. Raises Invalid for a bad cursor or page size."""
        size = page_size(first)
        await self._check(query)
        cursor = Cursor.decode(after, order) if after else None
        found = await self._reader.select(query, self._sight.visibility(), order=order, after=cursor, first=size + 1)
        return page_of(found, await self._sight.views(found[:size]), order, size)

    async def count(self, query: ResourceQuery) -> int:
        """How many resources the caller may discover, exactly."""
        await self._check(query)
        return await self._reader.count(query, self._sight.visibility())

    async def facet(self, query: ResourceQuery, dimension: Dimension) -> dict[str, int]:
        """How many of them by value, exactly."""
        await self._check(query)
        return await self._reader.facet(query, self._sight.visibility(), dimension)

    async def dependencies(self, names: Sequence[str]) -> dict[str, list[DependencyView]]:
        """What these resources need, by name; ends that the caller may not discover are left out."""
        edges = await self._reader.dependencies([name.removeprefix("resources/") for name in names])
        return await self._ends(names, edges, outward=True)

    async def dependants(self, names: Sequence[str], *, first: int = PAGE_MOST) -> dict[str, list[DependencyView]]:
        """What needs these resources, by name, and no more than `first` of each; what the caller may not discover is left
        out before it counts.
        """
        ids, size = [name.removeprefix("resources/") for name in names], page_size(first)
        edges = await self._reader.dependants(ids, self._sight.visibility(), first=size)
        return await self._ends(names, edges, outward=False)

    async def organization(self, id: str) -> Organization:
        """One organisation; the tree is known to every authenticated caller. Raises NotFound."""
        found = await self._reader.organization(id.removeprefix("organizations/"))
        if found is None:
            raise NotFound("NOT_FOUND", object=f"organizations/{id.removeprefix('organizations/')[:80]}")
        return found

    async def organizations(self, ids: Iterable[str]) -> dict[str, Organization]:
        """Those that exist, by id."""
        return await self._reader.organizations(ids)

    async def children(self, parent: str | None, *, first: int | None, after: str | None) -> list[Organization]:
        """Up to `first` + 1 direct children behind the id `after`, so that the caller knows whether more follow."""
        return await self._reader.children(parent, after=after, first=page_size(first) + 1)

    async def subtree(self, root: str, *, first: int | None, after: str | None) -> list[Organization]:
        """Up to `first` + 1 organisations of a subtree behind the id `after`. Raises NotFound for an unknown root."""
        await self.organization(root)
        return await self._reader.subtree(root, after=after, first=page_size(first) + 1)

    async def log(self, *, after: int, first: int | None) -> list[Entry]:
        """Up to `first` + 1 entries behind a position that the caller may audit, in order.

        Entries on resources are judged by the resource's owner before or after; all others ask `audit` at the root. What
        the caller may not discover has no entries for it, and what it may not read has entries without a body.
        """
        size = page_size(first)
        if not 0 <= after <= self.position:
            raise Invalid("POSITION_UNKNOWN", path="after", position=after, last=self.position)
        found: list[Entry] = []
        # Whoever may audit nothing at all is not worth a walk through the whole log.
        while self._may_audit and len(found) <= size:
            batch = await self._reader.log(after=after, first=max(4 * size, LOG_BATCH))
            if not batch:
                break
            found += await self._audited([entry for entry in batch if self._audits(entry)])
            after = batch[-1].position
        return found[: size + 1]

    async def why(self, action: Action, name: str, principal: str | None = None) -> Explanation:
        """Why a caller may or may not. About others only an auditor or administrator of the resource may ask."""
        resource = await self._reader.resource(resource_id(name))
        if resource is None or not (await self._sight.decide(Action.DISCOVER, resource)).allowed:
            raise NotFound("NOT_FOUND", object=name[:80])
        sight = self._sight
        if principal is not None and principal != self.principal.id:
            if not (await sight.decide(Action.AUDIT, resource)).allowed:
                await sight.require(Action.ADMINISTER, resource)
            sight = replace(sight, profile=_profile_of(sight.snapshot, principal))
        decision = sight.snapshot.decide(sight.profile, action, resource.access)
        granted = decision.needs_grant and (await sight.decide(action, resource)).allowed
        return explain(sight.snapshot, sight.profile, action, resource.access, granted=granted)

    async def _shown(self, resource: Resource | None, name: str) -> ResourceView:
        if resource is None or not (await self._sight.decide(Action.DISCOVER, resource)).allowed:
            raise NotFound("NOT_FOUND", object=name)
        return (await self._sight.views([resource]))[0]

    async def _ends(self, names: Sequence[str], edges: list[Edge], *, outward: bool) -> dict[str, list[DependencyView]]:
        far = {edge.dependency.target if outward else edge.source for edge in edges}
        seen = await self.resources_by_name(far)
        shown = await self._reader.visible(
            [name.removeprefix("resources/") for name in names] if seen else [], self._sight.visibility()
        )
        ends: dict[str, list[DependencyView]] = {name: [] for name in names}
        for edge in edges:
            near, other = edge.source, edge.dependency.target
            if not outward:
                near, other = other, near
            if other in seen and near.removeprefix("resources/") in shown:
                ends[near].append(DependencyView(dependency=edge.dependency, resource=seen[other]))
        return ends

    async def _check(self, query: ResourceQuery) -> None:
        if query.owner_subtree is not None and await self._reader.organization(query.owner_subtree) is None:
            near = near_organizations(query.owner_subtree[:80], self._sight.snapshot.edition.tree.ids)
            raise Invalid(
                "ORGANIZATION_UNKNOWN", path="owner_subtree", organization=query.owner_subtree[:80], near=near
            )

    async def _audited(self, entries: list[Entry]) -> list[Entry]:
        """The entries without those on what the caller may not discover, and without the bodies that it may not read."""
        ids = {_object_id(entry) for entry in entries if entry.object.startswith("resources/")}
        seen = await self._reader.visible(ids, self._sight.visibility())
        hidden = (await self._reader.resources(ids - seen)).keys() if ids - seen else set()
        readable = await self._reader.visible(seen, self._sight.visibility(Action.READ)) if seen else set()
        return [
            replace(entry, body=None, salt=None) if _object_id(entry) in seen - readable else entry
            for entry in entries
            if _object_id(entry) not in hidden
        ]

    @property
    def _may_audit(self) -> bool:
        """Whether there is anything in the log that the caller may audit."""
        snapshot, profile = self._sight.snapshot, self._sight.profile
        at_the_root = snapshot.decide_organization(profile, Action.AUDIT, snapshot.root).allowed
        return at_the_root or any(self._sight.visibility(Action.AUDIT).mask)

    def _audits(self, entry: Entry) -> bool:
        snapshot, profile = self._sight.snapshot, self._sight.profile
        attributes = [item for item in (entry.access_before, entry.access_after) if item is not None]
        if attributes:
            return any(snapshot.decide(profile, Action.AUDIT, item).allowed for item in attributes)
        return snapshot.decide_organization(profile, Action.AUDIT, snapshot.root).allowed


def _object_id(entry: Entry) -> str:
    return entry.object.removeprefix("resources/")


def _profile_of(snapshot: Snapshot, principal: str) -> Profile:
    try:
        return snapshot.profile(principal)
    except Unauthenticated as cause:
        # It is not the one who asks that nobody vouches for.
        raise NotFound("NOT_FOUND", object=f"principals/{principal[:64]}") from cause


class Reading:
    """Opens sessions."""

    def __init__(self, store: Store, authority: Authority, clock: Clock) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock

    @asynccontextmanager
    async def session(self, principal: str) -> AsyncIterator[ReadSession]:
        """A session for a principal, by id. Raises Unauthenticated when it is unknown or disabled."""
        async with self._store.read() as reader:
            yield ReadSession(await see(reader, self._authority, principal, self._clock()))


async def see(reader: Reader, authority: Authority, principal: str, at: datetime) -> Sight:
    """The sight of a principal over what a reader sees."""
    snapshot = await authority.at(reader)
    return Sight(reader=reader, snapshot=snapshot, profile=snapshot.profile(principal), at=at)
