"""Reading who may do what: principals, assignments, policies, roles and grants, as far as one caller may know of them."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

import orjson

from ucs_core.access.actions import Action
from ucs_core.access.policy import COLUMNS, WILDCARD, Effect, HeldRole, PolicyRow
from ucs_core.access.titles import title_of
from ucs_core.platform.administration.delegation import OVERSIGHT, Delegation, organization_id, principal_id
from ucs_core.platform.administration.grants import GrantView, view_of
from ucs_core.platform.administration.lockout import roles_of
from ucs_core.platform.administration.roles import RoleAssignmentView
from ucs_core.platform.sight import Sight, resource_id
from ucs_core.platform.validation import near_organizations, organization_unknown
from ucs_registry.canonical import canonical_json
from ucs_registry.principals import Principal
from ucs_registry.queries import PAGE_MOST, page_size
from ucs_registry.visibility import Grant
from ucs_sdk.errors import Invalid, NotFound
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import PrincipalKind

Item = TypeVar("Item")

_ROLE = next(at for at, column in enumerate(COLUMNS) if column.name == "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A page of a list. `cursors` stand just behind each item; `more` says whether another page follows."""

    items: list[Item]
    cursors: list[str]
    more: bool


PrincipalPage = Page[Principal]
RoleAssignmentPage = Page[RoleAssignmentView]
GrantPage = Page[GrantView]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage(Page[PolicyRow]):
    """A page of the policies of one version of access.

    `unread` are the rows of the store that are no policies, each with the reason: only those who administer or audit the
    platform itself are shown them.
    """

    version: int
    unread: tuple[tuple[str, Phrase], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleView:
    """A role: how many policies speak of it, and how many principals that the caller may know of hold it."""

    name: str
    title_zh: str
    title_en: str
    policies: int
    holders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalFilter:
    """Which principals: every stated part must hold. `organization_subtree` is an organisation and all below it."""

    kind: PrincipalKind | None = None
    organization_subtree: str | None = None
    disabled: bool | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentFilter:
    """Which assignments: every stated part must hold."""

    principal: str | None = None
    role: str | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFilter:
    """Which policies: every stated part must hold. Rows on every action are among those on one."""

    role: str | None = None
    action: Action | None = None
    effect: Effect | None = None


class AccessDirectory:
    """What one caller may read of who may do what. Its own entry, roles and grants everybody may read."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._edition = sight.snapshot.edition
        self._delegation = Delegation(sight)
        self._everywhere = self._delegation.oversees(None)
        self._reach: bytes | None = None

    def principals(
        self, filter: PrincipalFilter | None = None, *, first: int | None = None, after: str | None = None
    ) -> PrincipalPage:
        """A page of principals in the order of their ids. Raises Invalid for a bad cursor, size or organisation."""
        wanted = filter or PrincipalFilter()
        inside = self._subtree(wanted.organization_subtree)
        people = self._listed(self._edition.principals)
        chosen = (
            principal
            for principal in map(self._edition.principals.__getitem__, _behind(people, after, "principals"))
            if self._sees(principal)
            and wanted.kind in (None, principal.kind)
            and wanted.disabled in (None, principal.disabled)
            and (inside is None or self._edition.tree.positions.get(principal.organization or "", -1) in inside)
            and (wanted.role is None or wanted.role in roles_of(self._edition, principal))
        )
        return _page(chosen, "principals", lambda principal: principal.id, first)

    def principal(self, name: str) -> Principal:
        """One principal. Raises NotFound when it does not exist or the caller may not know of it."""
        id = principal_id(name)
        found = self._edition.principals.get(id)
        if found is None or not self._sees(found):
            known = (id for id in self._listed(self._edition.principals) if self._sees(self._edition.principals[id]))
            raise NotFound("NOT_FOUND", object=f"principals/{id[:64]}", near=near_organizations(id[:64], known))
        return found

    def assignments(
        self, filter: AssignmentFilter | None = None, *, first: int | None = None, after: str | None = None
    ) -> RoleAssignmentPage:
        """A page of the roles that somebody holds, in the order of principal, role and anchor.

        Shown are those of principals that the caller may know of, and those at organisations that it administers or
        audits, whoever holds them.
        """
        wanted = filter or AssignmentFilter()
        principal = None if wanted.principal is None else principal_id(wanted.principal)
        anchor = None if wanted.anchor is None else organization_id(wanted.anchor)
        people = self._listed(self._edition.assigned) if principal is None else [principal]
        start = _decode(after, "assignments", 3) if after else None
        if start is not None:
            # The one at which the last page ended may hold more than was shown.
            people = people[max(0, bisect_right(people, start[0]) - 1) :]
        chosen = (
            RoleAssignmentView(principal=id, role=held.role, anchor=held.anchor)
            for id in people
            for held in sorted(set(self._held(id)), key=_order)
            if wanted.role in (None, held.role)
            and (anchor is None or held.anchor == anchor)
            and (start is None or (id, *_order(held)) > tuple(start))
            and (self._sees(self._edition.principals[id]) or self._oversees(held.anchor))
        )
        return _page(
            chosen, "assignments", lambda item: (item.principal, *_order(HeldRole(item.role, item.anchor))), first
        )

    def policies(
        self, filter: PolicyFilter | None = None, *, first: int | None = None, after: str | None = None
    ) -> PolicyPage:
        """A page of policies in the order of their ids.

        Whoever administers or audits anything may read all of them; everybody else those on the roles that they hold.
        """
        wanted, roles = filter or PolicyFilter(), self._readable_roles()
        chosen = (
            row
            for row in map(self._edition.index.policy, _behind(self._policy_ids(wanted.role), after, "policies"))
            if row is not None
            and (roles is None or row.role in roles)
            and (wanted.action is None or row.action in (wanted.action.value, WILDCARD))
            and (wanted.effect is None or row.effect == wanted.effect)
        )
        page = _page(chosen, "policies", lambda row: row.id, first)
        return PolicyPage(
            items=page.items,
            cursors=page.cursors,
            more=page.more,
            version=self._edition.version,
            unread=self._edition.quarantined if self._everywhere else (),
        )

    def roles(self) -> list[RoleView]:
        """The roles that rows speak of, in the order of their names; for whoever oversees nothing, those that it holds."""
        readable = self._readable_roles()
        policies = Counter(row[_ROLE] for row in self._edition.index.policies.values())
        people = map(self._edition.principals.__getitem__, self._listed(self._edition.principals))
        holders = Counter(role for person in people if self._sees(person) for role in roles_of(self._edition, person))
        return [
            RoleView(
                name=name,
                title_zh=title_of(name).zh,
                title_en=title_of(name).en,
                policies=policies[name],
                holders=holders[name],
            )
            for name in self._edition.index.roles()
            if readable is None or name in readable
        ]

    async def grants(
        self,
        resource: str | None = None,
        grantee: str | None = None,
        live: bool = False,
        *,
        first: int | None = None,
        after: str | None = None,
    ) -> GrantPage:
        """A page of grants in the order of their ids, on what the caller may discover: those on resources that it
        administers or audits, and those that serve the caller itself. `live` asks for those that count now.
        """
        size = page_size(first)
        (place,) = _decode(after, "grants", 1) if after else (None,)
        resources = None if resource is None else [f"resources/{resource_id(resource)}"]
        grantees = None if grantee is None else [grantee]
        if grantees is None and not self._oversees_any():
            # Whoever oversees nothing has only its own: there is no need to walk through those of all others.
            grantees = list(self._sight.profile.grantees)
        found: list[GrantView] = []
        while len(found) <= size:
            batch = await self._sight.reader.find_grants(
                resources=resources,
                grantees=grantees,
                live_at=self._sight.at if live else None,
                after=place,
                first=PAGE_MOST,
            )
            found += [view_of(grant) for grant in await self._shown(batch)]
            if len(batch) < PAGE_MOST:
                break
            place = batch[-1].id
        return _page(iter(found), "grants", lambda item: item.id, size)

    async def grant(self, name: str) -> GrantView:
        """One grant. Raises NotFound when it does not exist or the caller may not know of it."""
        id = name.removeprefix("grants/")
        found = await self._shown(await self._sight.reader.find_grants(ids=[id], first=1))
        if not found:
            raise NotFound("NOT_FOUND", object=f"grants/{id[:80]}")
        return view_of(found[0])

    # --- what the caller may know of ---

    async def _shown(self, grants: Sequence[Grant]) -> list[Grant]:
        ids = {grant.resource.removeprefix("resources/") for grant in grants}
        reader, sight = self._sight.reader, self._sight
        seen = await reader.visible(ids, sight.visibility()) if ids else set()
        known = await reader.resources(seen) if seen else {}
        return [
            grant
            for grant in grants
            if (resource := known.get(grant.resource.removeprefix("resources/"))) is not None
            and self._delegation.knows_grant(resource, grant.grantee)
        ]

    def _listed(self, ids: Collection[str]) -> list[str]:
        """Those of these principals that must be looked at, sorted: whoever oversees nothing knows of itself alone."""
        if self._readable_roles() is None:
            return sorted(ids)
        own = self._sight.principal.id
        return [own] if own in ids else []

    def _sees(self, principal: Principal) -> bool:
        if self._everywhere or principal.id == self._sight.principal.id:
            return True
        return self._oversees(principal.organization)

    def _oversees(self, organization: str | None) -> bool:
        if self._everywhere:
            return True
        if self._reach is None:
            self._reach = self._delegation.reach(OVERSIGHT)
        position = self._edition.tree.positions.get(organization or "")
        return position is not None and self._reach[position] == 1

    def _oversees_any(self) -> bool:
        """Whether there is any organisation or resource that the caller administers or audits."""
        if self._readable_roles() is None:
            return True
        return any(any(self._sight.visibility(action).mask) for action in OVERSIGHT)

    def _readable_roles(self) -> set[str] | None:
        """The roles of which the caller may read the policies; None for all of them."""
        self._oversees("")
        if self._everywhere or any(self._reach or b""):
            return None
        return {role for role, _ in self._sight.profile.roles}

    def _policy_ids(self, role: str | None) -> list[str]:
        policies = self._edition.index.policies
        return sorted(id for id, row in policies.items() if role in (None, row[_ROLE]))

    def _held(self, id: str) -> Iterable[HeldRole]:
        return self._edition.assigned.get(id, ())

    def _subtree(self, organization: str | None) -> range | None:
        if organization is None:
            return None
        id, tree = organization_id(organization), self._edition.tree
        if id not in tree.positions:
            raise organization_unknown("organization_subtree", id, tree.ids)
        return range(*tree.subtree(tree.positions[id]))


def _order(held: HeldRole) -> tuple[str, str]:
    return held.role, held.anchor or ""


def _page(
    items: Iterator[Item], listed: str, key: Callable[[Item], str | tuple[str, ...]], first: int | None
) -> Page[Item]:
    size = page_size(first)
    found = list(islice(items, size + 1))
    return Page(
        items=found[:size], cursors=[_encode(listed, key(item)) for item in found[:size]], more=len(found) > size
    )


def _behind(ids: list[str], after: str | None, listed: str) -> list[str]:
    """The sorted ids that stand behind a cursor."""
    return ids[bisect_right(ids, _decode(after, listed, 1)[0]) :] if after else ids


def _encode(listed: str, key: str | tuple[str, ...]) -> str:
    parts = (key,) if isinstance(key, str) else key
    return base64.urlsafe_b64encode(canonical_json([listed, *parts])).decode().rstrip("=")


def _decode(text: str, listed: str, count: int) -> list[str]:
    """The key in a cursor. Raises Invalid when it is malformed or belongs to another list."""
    try:
        raw = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as cause:
        raise Invalid("CURSOR_INVALID", path="after") from cause
    if not isinstance(raw, list) or len(raw) != count + 1 or raw[0] != listed:
        raise Invalid("CURSOR_INVALID", path="after")
    if not all(isinstance(part, str) and "\x00" not in part for part in raw):
        raise Invalid("CURSOR_INVALID", path="after")
    return raw[1:]
