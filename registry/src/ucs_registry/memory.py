"""A store in memory: the reference for what the databases do, and a fake that keeps every promise but durability.

A state is never changed once it is published. A unit works on copies of the maps that it writes, and publishes them all
at once; readers keep the state that they opened on.
"""

from __future__ import annotations

import asyncio
import copy
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ucs_registry.log import Entry, EntryDraft
from ucs_registry.organizations import NewOrganization, Organization, path_below
from ucs_registry.ports import Edge, Head, Reader, RememberedRequest, Unit
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery, sort_key
from ucs_registry.resources import AccessAttributes, Resource, Revision
from ucs_registry.search import document_tokens, matches, query_terms, resource_texts
from ucs_registry.visibility import ALLOWED, WITH_GRANT, Cell, Grant, Visibility
from ucs_sdk.errors import AlreadyExists, Invalid, Unavailable

Value = TypeVar("Value")

_BEGINNING = Head(position=0, access_version=0, cells=0)


@dataclass(kw_only=True)
class _State:
    """Everything at one instant. `arrivals` leads from a resource to those whose live edges arrive there; the log is
    shared by all states and only ever grows, so that a state's own part of it ends at the head's position.
    """

    head: Head = _BEGINNING
    organizations: dict[str, Organization] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, dict[int, Revision]] = field(default_factory=dict)
    tokens: dict[str, list[str]] = field(default_factory=dict)
    arrivals: dict[str, frozenset[str]] = field(default_factory=dict)
    cells: dict[AccessAttributes, int] = field(default_factory=dict)
    principals: dict[str, Principal] = field(default_factory=dict)
    rules: dict[str, RuleRow] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    remembered: dict[tuple[str, str], RememberedRequest] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)


class MemoryReader:
    """One state of the store."""

    def __init__(self, state: _State) -> None:
        self._state = state
        self._head = state.head

    @property
    def head(self) -> Head:
        return self._head

    async def organization(self, id: str) -> Organization | None:
        return self._state.organizations.get(id)

    async def organizations(self, ids: Iterable[str]) -> dict[str, Organization]:
        return _picked(self._state.organizations, ids)

    async def children(self, parent: str | None, *, after: str | None, first: int) -> list[Organization]:
        return self._page_of_organizations(lambda entry: entry.parent == parent, after, first)

    async def all_organizations(self) -> list[Organization]:
        return sorted(self._state.organizations.values(), key=lambda entry: entry.number)

    async def subtree(self, root: str, *, after: str | None, first: int) -> list[Organization]:
        top = self._state.organizations.get(root)
        if top is None:
            return []
        return self._page_of_organizations(lambda entry: entry.path.startswith(top.path), after, first)

    def _page_of_organizations(
        self, wanted: Callable[[Organization], bool], after: str | None, first: int
    ) -> list[Organization]:
        found = [
            entry
            for entry in self._state.organizations.values()
            if wanted(entry) and (after is None or entry.id > after)
        ]
        return sorted(found, key=lambda entry: entry.id)[:first]

    async def resource(self, id: str) -> Resource | None:
        return self._state.resources.get(id)

    async def resource_by_code(self, code: str) -> Resource | None:
        id = self._state.codes.get(code)
        return None if id is None else self._state.resources[id]

    async def resources(self, ids: Iterable[str]) -> dict[str, Resource]:
        return _picked(self._state.resources, ids)

    async def select(
        self,
        query: ResourceQuery,
        visibility: Visibility | None,
        *,
        order: Order,
        after: Cursor | None,
        first: int,
    ) -> list[Resource]:
        rows = sorted(
            ((sort_key(resource, order), resource.id, resource) for resource in self._found(query, visibility)),
            key=lambda row: row[:2],
            reverse=order.descending,
        )
        if after is not None:
            place = (after.key, after.id)
            rows = [row for row in rows if (row[:2] < place if order.descending else row[:2] > place)]
        return [resource for _, _, resource in rows[:first]]

    async def count(self, query: ResourceQuery, visibility: Visibility | None) -> int:
        return sum(1 for _ in self._found(query, visibility))

    async def facet(self, query: ResourceQuery, visibility: Visibility | None, dimension: Dimension) -> dict[str, int]:
        match dimension:
            case Dimension.KIND:
                return dict(Counter(resource.kind.value for resource in self._found(query, visibility)))

    async def visible(self, ids: Iterable[str], visibility: Visibility) -> set[str]:
        shown = self._shown(visibility)
        return {id for id, resource in _picked(self._state.resources, ids).items() if shown(resource)}

    async def cell(self, id: str) -> int | None:
        resource = self._state.resources.get(id)
        return None if resource is None else self._state.cells[resource.access]

    async def revisions(self, id: str) -> list[Revision]:
        kept = self._state.revisions.get(id, {})
        return [kept[number] for number in sorted(kept, reverse=True)]

    async def dependencies(self, ids: Iterable[str]) -> list[Edge]:
        return sorted(self._leaving(set(ids)), key=lambda edge: (edge.source, edge.dependency.target))

    async def dependants(
        self, ids: Iterable[str], visibility: Visibility | None = None, *, first: int | None = None
    ) -> list[Edge]:
        arriving: list[Edge] = []
        shown = self._shown(visibility)
        for target in sorted({f"resources/{id}" for id in ids}):
            sources = _picked(self._state.resources, self._state.arrivals.get(target, ()))
            seen = {id for id, source in sources.items() if shown(source)}
            edges = [edge for edge in self._leaving(seen) if edge.dependency.target == target]
            arriving += sorted(edges, key=lambda edge: edge.source)[:first]
        return arriving

    async def cells(self, start: int) -> list[Cell]:
        return [
            Cell(number=number, attributes=attributes)
            for attributes, number in list(self._state.cells.items())[max(start, 0) :]
        ]

    async def principals(self) -> list[Principal]:
        return [principal for _, principal in sorted(self._state.principals.items())]

    async def rules(self) -> list[RuleRow]:
        return [rule for _, rule in sorted(self._state.rules.items())]

    async def grants(self, resource: str, grantees: Iterable[str]) -> list[Grant]:
        holders = set(grantees)
        found = [
            grant for grant in self._state.grants.values() if grant.resource == resource and grant.grantee in holders
        ]
        return sorted(found, key=lambda grant: grant.id)

    async def log(self, *, after: int, first: int) -> list[Entry]:
        return self._state.log[max(after, 0) : min(after + first, self._state.head.position)]

    async def remembered(self, actor: str, request_id: str) -> RememberedRequest | None:
        return self._state.remembered.get((actor, request_id))

    def _found(self, query: ResourceQuery, visibility: Visibility | None) -> Iterator[Resource]:
        wanted = self._wanted(query)
        shown = self._shown(visibility)
        return (resource for resource in self._state.resources.values() if wanted(resource) and shown(resource))

    def _wanted(self, query: ResourceQuery) -> Callable[[Resource], bool]:
        top = self._state.organizations.get(query.owner_subtree or "")
        terms = None if query.search is None else query_terms(query.search)

        def wanted(resource: Resource) -> bool:
            content = resource.shown.content
            return (
                query.kind in (None, resource.kind)
                and query.type in (None, resource.type)
                and query.share_type in (None, content.share_type)
                and query.availability in (None, resource.availability)
                and query.code in (None, resource.code)
                and (query.tag is None or query.tag in content.tags)
                and (
                    query.owner_subtree is None
                    or (top is not None and self._state.organizations[resource.owner].path.startswith(top.path))
                )
                and (
                    terms is None
                    or (bool(terms) and all(matches(self._state.tokens[resource.id], term) for term in terms))
                )
            )

        return wanted

    def _shown(self, visibility: Visibility | None) -> Callable[[Resource], bool]:
        if visibility is None:
            return lambda _: True
        granted = {
            grant.resource
            for grant in self._state.grants.values()
            if grant.grantee in visibility.grantees and grant.action == visibility.action and grant.live(visibility.at)
        }

        def shown(resource: Resource) -> bool:
            verdict = visibility.verdict(self._state.cells[resource.access])
            return verdict == ALLOWED or (verdict == WITH_GRANT and resource.name in granted)

        return shown

    def _leaving(self, ids: set[str]) -> list[Edge]:
        return [
            Edge(source=resource.name, dependency=dependency)
            for resource in _picked(self._state.resources, ids).values()
            for dependency in dict.fromkeys(resource.shown.content.dependencies)
        ]


class MemoryUnit(MemoryReader):
    """A write on copies of what it changes."""

    def __init__(self, published: _State, publish: Callable[[_State], None]) -> None:
        super().__init__(copy.copy(published))
        self._publish = publish
        self._own: set[str] = set()
        self._drafts: list[EntryDraft] = []
        self._access_changed = False
        self._open = True

    async def add_organizations(self, new: Sequence[NewOrganization]) -> list[Organization]:
        kept = self._writable("organizations")
        added = []
        for item in new:
            parent = kept[item.parent] if item.parent is not None else None
            entry = Organization(**dict(item), number=len(kept), path=path_below(parent, item.id))
            kept[item.id] = entry
            added.append(entry)
        self._access_changed |= bool(added)
        return added

    async def save(self, resources: Sequence[Resource]) -> None:
        self._check(resources)
        for resource in resources:
            self._save(resource)

    async def put_principals(self, principals: Sequence[Principal]) -> None:
        self._writable("principals").update({principal.id: principal for principal in principals})
        self._access_changed |= bool(principals)

    async def put_rules(self, rules: Sequence[RuleRow]) -> None:
        self._writable("rules").update({rule.id: rule for rule in rules})
        self._access_changed |= bool(rules)

    async def remove_rules(self, ids: Iterable[str]) -> None:
        kept = self._writable("rules")
        for id in ids:
            if kept.pop(id, None) is not None:
                self._access_changed = True

    async def put_grants(self, grants: Sequence[Grant]) -> None:
        self._writable("grants").update({grant.id: grant for grant in grants})

    async def remember(self, request: RememberedRequest) -> None:
        self._writable("remembered")[request.actor, request.request_id] = request

    def append(self, draft: EntryDraft) -> None:
        self._check_open()
        self._drafts.append(draft)

    async def commit(self) -> list[Entry]:
        self._check_open()
        self._open = False
        last = self._head.position
        entries = [draft.place(last + at) for at, draft in enumerate(self._drafts, start=1)]
        self._state.log.extend(entries)
        self._state.head = Head(
            position=last + len(entries),
            access_version=self._head.access_version + self._access_changed,
            cells=len(self._state.cells),
        )
        self._publish(self._state)
        return entries

    def close(self) -> None:
        """Take no more writes."""
        self._open = False

    def _check(self, resources: Sequence[Resource]) -> None:
        claimed: dict[str, str] = {}
        for resource in resources:
            if resource.owner not in self._state.organizations:
                raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=resource.owner)
            holder = claimed.get(resource.code) or self._state.codes.get(resource.code)
            if holder not in (None, resource.id):
                raise AlreadyExists("CODE_TAKEN", path="code", taken=resource.code)
            claimed[resource.code] = resource.id

    def _save(self, resource: Resource) -> None:
        before = self._state.resources.get(resource.id)
        self._writable("resources")[resource.id] = resource
        self._writable("codes")[resource.code] = resource.id
        shown = {revision.number: revision for revision in (resource.current, resource.head) if revision}
        revisions = self._writable("revisions")
        revisions[resource.id] = revisions.get(resource.id, {}) | shown
        owner = self._state.organizations[resource.owner]
        self._writable("tokens")[resource.id] = document_tokens(resource_texts(resource, owner))
        cells = self._writable("cells")
        cells.setdefault(resource.access, len(cells))
        arrivals = self._writable("arrivals")
        for link in before.shown.content.dependencies if before else ():
            arrivals[link.target] = arrivals[link.target] - {resource.id}
        for link in resource.shown.content.dependencies:
            arrivals[link.target] = arrivals.get(link.target, frozenset()) | {resource.id}

    def _writable(self, name: str) -> dict[Any, Any]:
        self._check_open()
        if name not in self._own:
            setattr(self._state, name, dict(getattr(self._state, name)))
            self._own.add(name)
        kept: dict[Any, Any] = getattr(self._state, name)
        return kept

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("this unit has ended: it was committed or left")


class InMemoryStore:
    """Keeps the catalogue for as long as the process lives."""

    def __init__(self) -> None:
        self._state: _State | None = _State()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        yield MemoryReader(self._published())

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        async with self._turn:
            unit = MemoryUnit(self._published(), self._publish)
            try:
                yield unit
            finally:
                unit.close()

    async def ping(self) -> None:
        self._published()

    async def close(self) -> None:
        self._state = None

    def _published(self) -> _State:
        if self._state is None:
            raise Unavailable("STORE_UNAVAILABLE")
        return self._state

    def _publish(self, state: _State) -> None:
        self._state = state


def _picked(entries: dict[str, Value], ids: Iterable[str]) -> dict[str, Value]:
    return {id: entries[id] for id in dict.fromkeys(ids) if id in entries}
