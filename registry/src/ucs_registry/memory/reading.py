"""One state of the catalogue in memory, read by the port's questions."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from ucs_registry.bin import DeletedResource
from ucs_registry.checkpoints import Checkpoint
from ucs_registry.documents import Document
from ucs_registry.events import Event, ParkedEvent, Subscription
from ucs_registry.log import Entry
from ucs_registry.members import Member
from ucs_registry.memory.areas import satisfies
from ucs_registry.memory.blobs import BlobReading
from ucs_registry.memory.events import EventReading, Lease
from ucs_registry.memory.exporting import ExportReading
from ucs_registry.memory.graph import GraphReading
from ucs_registry.memory.importing import ImportReading
from ucs_registry.memory.members import MemberReading
from ucs_registry.memory.own import OwnReading
from ucs_registry.memory.plugins import PluginReading
from ucs_registry.memory.reviews import ReviewReading
from ucs_registry.memory.shelf import ShelfReading
from ucs_registry.memory.spans import spanned
from ucs_registry.memory.types import TypeReading
from ucs_registry.merkle import Frontier, Node
from ucs_registry.organizations import Organization
from ucs_registry.plugins import PluginRow
from ucs_registry.ports import Edge, Head, RememberedRequest
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery, leading, sort_key, value_of
from ucs_registry.record_ways import StandingWay
from ucs_registry.resources import AccessAttributes, Resource, Revision
from ucs_registry.reviews import Decided
from ucs_registry.search import matches, query_terms
from ucs_registry.signing import stored_checkpoint
from ucs_registry.types import ResourceType
from ucs_registry.visibility import ALLOWED, WITH_GRANT, Cell, Grant, Visibility
from ucs_registry.vocabularies import Vocabulary

Value = TypeVar("Value")

_BEGINNING = Head(position=0, access_version=0, cells=0)

_BY_ID = attrgetter("id")


@dataclass(kw_only=True)
class State:
    """Everything at one instant. `arrivals` leads from a resource to those whose live edges arrive there.

    The log and the hashes of the tree above it are shared by all states and only ever grow, so that a state's own part of
    them ends at the head's position; only compaction makes another log. `note` is the last checkpoint.
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
    revoked_keys: dict[str, None] = field(default_factory=dict)
    subtrees: dict[Node, str] = field(default_factory=dict)
    frontier: Frontier = field(default_factory=Frontier)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    note: str | None = None
    members: dict[str, dict[str, Member]] = field(default_factory=dict)
    types: dict[tuple[str, int], ResourceType] = field(default_factory=dict)
    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    decisions: dict[str, Decided] = field(default_factory=dict)
    bin: dict[str, DeletedResource] = field(default_factory=dict)
    plugins: dict[str, PluginRow] = field(default_factory=dict)
    documents: dict[tuple[str, str], dict[str, Document]] = field(default_factory=dict)
    document_ways: dict[int, StandingWay] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    blob_holders: dict[tuple[str, str], str] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    event_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    handled: dict[tuple[str, int], None] = field(default_factory=dict)
    parked: dict[tuple[str, int], ParkedEvent] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)


class MemoryReader(
    MemberReading,
    ExportReading,
    GraphReading,
    ImportReading,
    ReviewReading,
    TypeReading,
    ShelfReading,
    PluginReading,
    BlobReading,
    OwnReading,
    EventReading,
):
    """One state of the store."""

    _state: State

    def __init__(self, state: State, seconds: Callable[[], float] = time.time) -> None:
        self._state = state
        self._head = state.head
        self._clock = seconds

    def _seconds(self) -> float:
        return self._clock()

    @property
    def head(self) -> Head:
        return self._head

    async def organization(self, id: str) -> Organization | None:
        return self._state.organizations.get(id)

    async def organizations(self, ids: Iterable[str]) -> dict[str, Organization]:
        return picked(self._state.organizations, ids)

    async def children(
        self,
        parent: str | None,
        *,
        after: str | None,
        first: int,
        before: str | None = None,
        backward: bool = False,
    ) -> list[Organization]:
        found = (entry for entry in self._state.organizations.values() if entry.parent == parent)
        return spanned(found, _BY_ID, after=after, before=before, first=first, backward=backward)

    async def all_organizations(self) -> list[Organization]:
        return sorted(self._state.organizations.values(), key=lambda entry: entry.number)

    async def subtree(
        self, root: str, *, after: str | None, first: int, before: str | None = None, backward: bool = False
    ) -> list[Organization]:
        top = self._state.organizations.get(root)
        if top is None:
            return []
        found = (entry for entry in self._state.organizations.values() if entry.path.startswith(top.path))
        return spanned(found, _BY_ID, after=after, before=before, first=first, backward=backward)

    async def resource(self, id: str) -> Resource | None:
        return self._state.resources.get(id)

    async def resource_by_code(self, code: str) -> Resource | None:
        id = self._state.codes.get(code)
        return None if id is None else self._state.resources[id]

    async def resources_by_code(self, codes: Iterable[str]) -> dict[str, Resource]:
        return {code: self._state.resources[id] for code, id in picked(self._state.codes, codes).items()}

    async def resources(self, ids: Iterable[str]) -> dict[str, Resource]:
        return picked(self._state.resources, ids)

    async def select(
        self,
        query: ResourceQuery,
        visibility: Visibility | None,
        *,
        order: Order,
        after: Cursor | None,
        first: int,
        before: Cursor | None = None,
        backward: bool = False,
    ) -> list[Resource]:
        rows = sorted(
            ((sort_key(resource, order), resource.id, resource) for resource in self._found(query, visibility)),
            key=lambda row: row[:2],
            reverse=order.descending,
        )
        for cursor, larger in ((after, not order.descending), (before, order.descending)):
            if cursor is not None:
                place = (cursor.key, cursor.id)
                rows = [row for row in rows if (row[:2] > place if larger else row[:2] < place)]
        return [resource for _, _, resource in (rows[-first:] if backward else rows[:first])]

    async def count(self, query: ResourceQuery, visibility: Visibility | None) -> int:
        return sum(1 for _ in self._found(query, visibility))

    async def facets(
        self, query: ResourceQuery, visibility: Visibility | None, dimensions: Collection[Dimension]
    ) -> dict[Dimension, dict[str, int]]:
        found = list(self._found(query, visibility))
        return {
            dimension: leading(Counter(value_of(resource, dimension) for resource in found)) for dimension in dimensions
        }

    async def visible(self, ids: Iterable[str], visibility: Visibility) -> set[str]:
        shown = self._shown(visibility)
        return {id for id, resource in picked(self._state.resources, ids).items() if shown(resource)}

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
            sources = picked(self._state.resources, self._state.arrivals.get(target, ()))
            seen = {id for id, source in sources.items() if shown(source)}
            edges = [edge for edge in self._leaving(seen) if edge.dependency.target == target]
            arriving += sorted(edges, key=lambda edge: edge.source)[:first]
        return arriving

    async def cells(self, start: int, most: int | None = None) -> list[Cell]:
        first = max(start, 0)
        return [
            Cell(number=number, attributes=attributes)
            for attributes, number in list(self._state.cells.items())[first : None if most is None else first + most]
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

    async def rules_of(self, section: str, names: Iterable[str]) -> list[RuleRow]:
        wanted = set(names)
        return [
            rule for rule in await self.rules() if rule.section == section and rule.values and rule.values[0] in wanted
        ]

    async def find_grants(
        self,
        *,
        ids: Iterable[str] | None = None,
        resources: Iterable[str] | None = None,
        grantees: Iterable[str] | None = None,
        live_at: datetime | None = None,
        after: str | None = None,
        first: int | None = None,
        before: str | None = None,
        backward: bool = False,
    ) -> list[Grant]:
        wanted = [None if part is None else set(part) for part in (ids, resources, grantees)]
        found = (
            grant
            for grant in self._state.grants.values()
            if all(
                part is None or value in part
                for part, value in zip(wanted, (grant.id, grant.resource, grant.grantee), strict=True)
            )
            and (live_at is None or grant.live(live_at))
        )
        return spanned(found, _BY_ID, after=after, before=before, first=first, backward=backward)

    async def cell_counts(self) -> dict[int, int]:
        return dict(Counter(self._state.cells[resource.access] for resource in self._state.resources.values()))

    async def revoked_keys(self) -> list[str]:
        return sorted(self._state.revoked_keys)

    async def log(
        self,
        *,
        after: int,
        first: int,
        owners: Iterable[str] | None = None,
        before: int | None = None,
        backward: bool = False,
    ) -> list[Entry]:
        last = self._state.head.position
        found = self._state.log[max(after, 0) : last if before is None else min(max(before - 1, 0), last)]
        if owners is not None:
            wanted = set(owners)
            found = [entry for entry in found if entry.owner in wanted]
        return found[max(0, len(found) - first) :] if backward else found[:first]

    async def tree_hashes(self, nodes: Iterable[Node]) -> dict[Node, str]:
        last = self._state.head.position
        complete = [(level, index) for level, index in nodes if min(level, index) >= 0 and (index + 1) << level <= last]
        return {
            (level, index): self._state.subtrees[level, index] if level else self._state.log[index].leaf
            for level, index in complete
        }

    async def checkpoints(self, *, after: int = 0, first: int | None = None) -> list[Checkpoint]:
        latest = () if self._state.note is None else (stored_checkpoint(self._state.note),)
        found = self._state.checkpoints | {checkpoint.size: checkpoint for checkpoint in latest}
        return [found[size] for size in sorted(found) if size > after][:first]

    async def remembered(self, actor: str, request_id: str) -> RememberedRequest | None:
        return self._state.remembered.get((actor, request_id))

    def _found(self, query: ResourceQuery, visibility: Visibility | None) -> Iterator[Resource]:
        wanted = self._wanted(query)
        shown = self._shown(visibility)
        return (resource for resource in self._state.resources.values() if wanted(resource) and shown(resource))

    def _wanted(self, query: ResourceQuery) -> Callable[[Resource], bool]:
        top = self._state.organizations.get(query.owner_subtree or "")
        terms = None if query.search is None else query_terms(query.search)
        waits = self._waits(query)
        further = self._further(query)
        affected = self._affected(query)

        def wanted(resource: Resource) -> bool:
            content = resource.shown.content
            return (
                query.kind in (None, resource.kind)
                and query.type in (None, resource.type)
                and query.share_type in (None, content.share_type)
                and query.availability in (None, resource.availability)
                and query.code in (None, resource.code)
                and (query.tag is None or query.tag in content.tags)
                and further(resource)
                and affected(resource)
                and waits(resource)
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

    def _further(self, query: ResourceQuery) -> Callable[[Resource], bool]:
        branches = [self._wanted(branch) for branch in query.any_of]
        return lambda resource: (
            satisfies(resource, query) and (not branches or any(branch(resource) for branch in branches))
        )

    def _waits(self, query: ResourceQuery) -> Callable[[Resource], bool]:
        queue = query.queue
        if not query.awaiting_review:
            return lambda _: True
        if queue is None:
            return lambda _: False
        may_review = self._shown(queue.visibility)
        return lambda resource: queue.holds(resource) and may_review(resource)

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
            for resource in picked(self._state.resources, ids).values()
            for dependency in dict.fromkeys(resource.shown.content.dependencies)
        ]


def picked(entries: dict[str, Value], ids: Iterable[str]) -> dict[str, Value]:
    """Those entries that exist, in the order in which they are asked for."""
    return {id: entries[id] for id in dict.fromkeys(ids) if id in entries}
