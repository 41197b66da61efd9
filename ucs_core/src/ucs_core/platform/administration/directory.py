"""Reading who may do what: principals, assignments, policies, roles and grants, as far as one caller may know of them."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar, Unpack

import orjson

from ucs_core.access.actions import Action
from ucs_core.access.policy import COLUMNS, WILDCARD, Effect, PolicyRow
from ucs_core.access.titles import title_of
from ucs_core.platform.administration.delegation import OVERSIGHT, Delegation, organization_id, principal_id
from ucs_core.platform.administration.grants import GrantView, view_of
from ucs_core.platform.administration.lockout import roles_of
from ucs_core.platform.administration.roles import RoleAssignmentView
from ucs_core.platform.paging import Page, PageArguments, PageAsked, Places, Span, Window
from ucs_core.platform.sight import Sight, resource_id
from ucs_core.platform.validation import near_ids, organization_unknown
from ucs_registry.canonical import canonical_json
from ucs_registry.principals import Principal
from ucs_registry.queries import PAGE_MOST
from ucs_registry.visibility import Grant
from ucs_sdk.errors import Invalid, NotFound
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import PrincipalKind

Item = TypeVar("Item")
Key = tuple[str, ...]

_ROLE = next(at for at, column in enumerate(COLUMNS) if column.name == "role")


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

    def principals(self, filter: PrincipalFilter | None = None, **page: Unpack[PageArguments]) -> PrincipalPage:
        """A page of principals in the order of their ids. Raises Invalid for a bad cursor, size or organisation."""
        wanted = filter or PrincipalFilter()
        inside = self._subtree(wanted.organization_subtree)
        known, tree = self._edition.principals, self._edition.tree

        def chosen(id: str) -> bool:
            principal = known[id]
            return (
                self._sees(principal)
                and wanted.kind in (None, principal.kind)
                and wanted.disabled in (None, principal.disabled)
                and (inside is None or tree.positions.get(principal.organization or "", -1) in inside)
                and (wanted.role is None or wanted.role in roles_of(self._edition, principal))
            )

        found = Window(PageAsked(**page), _places("principals", 1, _alone)).page_at_hand(
            _chosen(self._listed(known), chosen)
        )
        return found.of([known[id] for id in found.items])

    def principal(self, name: str) -> Principal:
        """One principal. Raises NotFound when it does not exist or the caller may not know of it."""
        id = principal_id(name)
        found = self._edition.principals.get(id)
        if found is None or not self._sees(found):
            known = (id for id in self._listed(self._edition.principals) if self._sees(self._edition.principals[id]))
            raise NotFound("NOT_FOUND", object=f"principals/{id[:64]}", near=near_ids(id[:64], known))
        return found

    def assignments(self, filter: AssignmentFilter | None = None, **page: Unpack[PageArguments]) -> RoleAssignmentPage:
        """A page of the roles that somebody holds, in the order of principal, role and anchor.

        Shown are those of principals that the caller may know of, and those at organisations that it administers or
        audits, whoever holds them.
        """
        wanted = filter or AssignmentFilter()
        principal = None if wanted.principal is None else principal_id(wanted.principal)
        anchor = None if wanted.anchor is None else organization_id(wanted.anchor)
        people = self._listed(self._edition.assigned) if principal is None else [principal]

        def fetch(span: Span[Key]) -> list[RoleAssignmentView]:
            # Those at which the span begins and ends may hold more than is in it.
            start = 0 if span.after is None else bisect_left(people, span.after[0])
            stop = len(people) if span.before is None else bisect_right(people, span.before[0])
            found = (
                held
                for at in _either_way(range(start, stop), span)
                for held in _either_way(self._held(people[at]), span)
                if wanted.role in (None, held.role)
                and (anchor is None or held.anchor == anchor)
                and (span.after is None or _order(held) > span.after)
                and (span.before is None or _order(held) < span.before)
                and (self._sees(self._edition.principals[held.principal]) or self._oversees(held.anchor))
            )
            return _cut(found, span)

        return Window(PageAsked(**page), _places("assignments", 3, _order)).page_at_hand(fetch)

    def policies(self, filter: PolicyFilter | None = None, **page: Unpack[PageArguments]) -> PolicyPage:
        """A page of policies in the order of their ids.

        Whoever administers or audits anything may read all of them; everybody else those on the roles that they hold.
        """
        wanted, roles, index = filter or PolicyFilter(), self._readable_roles(), self._edition.index

        def chosen(id: str) -> bool:
            row = index.policy(id)
            return (
                row is not None
                and (roles is None or row.role in roles)
                and (wanted.action is None or row.action in (wanted.action.value, WILDCARD))
                and (wanted.effect is None or row.effect == wanted.effect)
            )

        found = Window(PageAsked(**page), _places("policies", 1, _alone)).page_at_hand(
            _chosen(self._policy_ids(wanted.role), chosen)
        )
        return PolicyPage(
            items=[row for row in map(index.policy, found.items) if row is not None],
            cursors=found.cursors,
            more=found.more,
            earlier=found.earlier,
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
        **page: Unpack[PageArguments],
    ) -> GrantPage:
        """A page of grants in the order of their ids, on what the caller may discover: those on resources that it
        administers or audits, and those that serve the caller itself. `live` asks for those that count now.
        """
        places: Places[Grant, Key] = _places("grants", 1, lambda grant: (grant.id,))
        window = Window(PageAsked(**page), places)
        resources = None if resource is None else [f"resources/{resource_id(resource)}"]
        grantees = None if grantee is None else [grantee]
        if grantees is None and not self._oversees_any():
            # Whoever oversees nothing has only its own: there is no need to walk through those of all others.
            grantees = list(self._sight.profile.grantees)
        live_at = self._sight.at if live else None

        async def fetch(span: Span[Key]) -> list[Grant]:
            after = None if span.after is None else span.after[0]
            before = None if span.before is None else span.before[0]
            found: list[Grant] = []
            while len(found) < span.first:
                batch = await self._sight.reader.find_grants(
                    resources=resources,
                    grantees=grantees,
                    live_at=live_at,
                    after=after,
                    first=PAGE_MOST,
                    before=before,
                    backward=span.backward,
                )
                shown = await self._shown(batch)
                found = shown + found if span.backward else found + shown
                if len(batch) < PAGE_MOST:
                    break
                after, before = (after, batch[0].id) if span.backward else (batch[-1].id, before)
            return found[-span.first :] if span.backward else found[: span.first]

        found = await window.page(fetch)
        return found.of(list(map(view_of, found.items)))

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

    def _held(self, id: str) -> list[RoleAssignmentView]:
        roles = set(self._edition.assigned.get(id, ()))
        return sorted(
            (RoleAssignmentView(principal=id, role=held.role, anchor=held.anchor) for held in roles), key=_order
        )

    def _subtree(self, organization: str | None) -> range | None:
        if organization is None:
            return None
        id, tree = organization_id(organization), self._edition.tree
        if id not in tree.positions:
            raise organization_unknown("organization_subtree", id, tree.ids)
        return range(*tree.subtree(tree.positions[id]))


def _order(held: RoleAssignmentView) -> Key:
    return held.principal, held.role, held.anchor or ""


def _alone(id: str) -> Key:
    return (id,)


def _either_way(items: Sequence[Item], span: Span[Key]) -> Iterator[Item]:
    return reversed(items) if span.backward else iter(items)


def _cut(found: Iterable[Item], span: Span[Key]) -> list[Item]:
    """The first of what was found, in the order of the list."""
    cut = list(islice(found, span.first))
    return cut[::-1] if span.backward else cut


def _chosen(ids: Sequence[str], chosen: Callable[[str], bool]) -> Callable[[Span[Key]], list[str]]:
    """What fetches spans of those of sorted ids that are chosen, and looks at no more of them than it must."""

    def fetch(span: Span[Key]) -> list[str]:
        start = 0 if span.after is None else bisect_right(ids, span.after[0])
        stop = len(ids) if span.before is None else bisect_left(ids, span.before[0])
        between = (ids[at] for at in _either_way(range(start, stop), span))
        return _cut(filter(chosen, between), span)

    return fetch


def _places(listed: str, count: int, of: Callable[[Item], Key]) -> Places[Item, Key]:
    def encode(key: Key) -> str:
        return base64.urlsafe_b64encode(canonical_json([listed, *key])).decode().rstrip("=")

    return Places(of=of, encode=encode, decode=lambda text, path: _decode(text, listed, count, path))


def _decode(text: str, listed: str, count: int, path: str) -> Key:
    """The key in a cursor. Raises Invalid when it is malformed or belongs to another list."""
    try:
        raw = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as cause:
        raise Invalid("CURSOR_INVALID", path=path) from cause
    if not isinstance(raw, list) or len(raw) != count + 1 or raw[0] != listed:
        raise Invalid("CURSOR_INVALID", path=path)
    if not all(isinstance(part, str) and "\x00" not in part for part in raw):
        raise Invalid("CURSOR_INVALID", path=path)
    return tuple(raw[1:])
