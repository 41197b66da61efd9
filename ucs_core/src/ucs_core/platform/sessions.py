"""Reading: one consistent state of the catalogue, through the eyes of one caller.

Every session begins at the store's head. The access snapshot is brought to that head before anything is decided, so a
revocation that was committed counts from the next session on, on every node.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Unpack

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.explain import Explanation
from ucs_core.access.tokens import VerifiedToken
from ucs_core.platform.administration.directory import AccessDirectory
from ucs_core.platform.administration.explaining import AccessQuestions
from ucs_core.platform.audit import Audit
from ucs_core.platform.calls import Clock
from ucs_core.platform.exporting import ExportPiece, Exports
from ucs_core.platform.impact import GraphQuestions
from ucs_core.platform.members import MemberQuestions
from ucs_core.platform.paging import Page, PageArguments, PageAsked, Places, Window, places_by_id, read_page
from ucs_core.platform.revisions import RevisionQuestions, queued
from ucs_core.platform.scenarios import ScenarioQuestions
from ucs_core.platform.shelf import BinQuestions
from ucs_core.platform.sight import Sight, resource_id, see
from ucs_core.platform.types import TypeQuestions
from ucs_core.platform.validation import organization_unknown
from ucs_core.platform.views import DependencyView, ResourcePage, ResourceView
from ucs_registry.log import Entry
from ucs_registry.organizations import Organization
from ucs_registry.ports import Edge, Store
from ucs_registry.principals import Principal
from ucs_registry.queries import FACETS_MOST, PAGE_MOST, Dimension, Order, ResourceQuery, page_size
from ucs_registry.resources import Resource
from ucs_sdk.errors import Invalid, NotFound

_BY_ID: Places[Organization, str] = places_by_id(lambda organization: organization.id)


class ReadSession:
    """The questions that one caller may ask of one state. Answers hold only what the caller may see."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._reader = sight.reader

    @property
    def audit(self) -> Audit:
        """The log, as far as the caller may audit it."""
        return Audit(self._sight)

    @property
    def access(self) -> AccessQuestions:
        """Who may do what, as far as the caller may know it."""
        return AccessQuestions(self._sight)

    @property
    def directory(self) -> AccessDirectory:
        """Principals, roles, policies and grants, as far as the caller may know of them."""
        return AccessDirectory(self._sight)

    @property
    def members(self) -> MemberQuestions:
        """The members of resources, as far as the caller may read them."""
        return MemberQuestions(self._sight)

    @property
    def revisions(self) -> RevisionQuestions:
        """The revisions of resources, as far as the caller may know of them."""
        return RevisionQuestions(self._sight)

    @property
    def types(self) -> TypeQuestions:
        """The types of resources, and the vocabularies of tags."""
        return TypeQuestions(self._sight)

    @property
    def graph(self) -> GraphQuestions:
        """What breaks if something goes, and what is needed."""
        return GraphQuestions(self._sight)

    @property
    def scenarios(self) -> ScenarioQuestions:
        """Scenarios with their parts and health; they are listed as resources are."""
        return ScenarioQuestions(self._sight)

    @property
    def bin(self) -> BinQuestions:
        """What was deleted, as far as the caller could take it back."""
        return BinQuestions(self._sight)

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
        **page: Unpack[PageArguments],
    ) -> ResourcePage:
        """A page of the resources that the caller may discover: the first behind a cursor, or the last ahead of one.

        Raises Invalid for a bad cursor or page size. See `PageAsked` for `around`.
        """
        await self._check(query)
        return await read_page(self._sight, queued(query, order, self._sight), order, PageAsked(**page))

    async def count(self, query: ResourceQuery) -> int:
        """How many resources the caller may discover, exactly."""
        await self._check(query)
        return await self._reader.count(queued(query, None, self._sight), self._sight.visibility())

    async def facets(self, query: ResourceQuery, dimensions: Sequence[Dimension]) -> dict[Dimension, dict[str, int]]:
        """How many of them by value, exactly, by up to six dimensions at once; of each the 200 values that most have."""
        if len(dimensions) > FACETS_MOST:
            raise Invalid("FIELD_TOO_LONG", path="facets", limit=FACETS_MOST, unit="items", more=0)
        await self._check(query)
        return await self._reader.facets(queued(query, None, self._sight), self._sight.visibility(), dimensions)

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

    async def children(self, parent: str | None, **page: Unpack[PageArguments]) -> Page[Organization]:
        """A page of the direct children of an organisation, in the order of their ids; None is above the roots."""
        return await Window(PageAsked(**page), _BY_ID).page(
            lambda span: self._reader.children(
                parent, after=span.after, first=span.first, before=span.before, backward=span.backward
            )
        )

    async def subtree(self, root: str, **page: Unpack[PageArguments]) -> Page[Organization]:
        """A page of a subtree, its root included, in the order of their ids. Raises NotFound for an unknown root."""
        await self.organization(root)
        return await Window(PageAsked(**page), _BY_ID).page(
            lambda span: self._reader.subtree(
                root, after=span.after, first=span.first, before=span.before, backward=span.backward
            )
        )

    async def log(self, *, after: int, first: int | None) -> list[Entry]:
        """Up to `first` + 1 entries behind a position that the caller may audit, in order. See `Audit.entries`."""
        return await self.audit.entries(after=after, first=first)

    async def why(self, action: Action, name: str, principal: str | None = None) -> Explanation:
        """Why a caller may or may not. See `AccessQuestions.why`."""
        return await self.access.why(action, name, principal)

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

    async def _check(self, query: ResourceQuery, within: str = "") -> None:
        for path, owner in (("owner_subtree", query.owner_subtree), ("owner", query.owner)):
            if owner is not None and not self._sight.snapshot.knows(owner):
                raise organization_unknown(f"{within}{path}", owner, self._sight.snapshot.edition.tree.ids)
        for at, branch in enumerate(query.any_of):
            await self._check(branch, f"any_of[{at}].")


class Reading:
    """Opens sessions."""

    def __init__(self, store: Store, authority: Authority, clock: Clock) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._exports = Exports(store, authority, clock)

    @asynccontextmanager
    async def session(self, principal: str, token: VerifiedToken | None = None) -> AsyncIterator[ReadSession]:
        """A session for a principal, by id. Raises Unauthenticated when it is unknown or disabled, or its token counts
        no more.
        """
        async with self._store.read() as reader:
            yield ReadSession(await see(reader, self._authority, principal, self._clock(), token))

    async def export(
        self,
        principal: str,
        token: VerifiedToken | None = None,
        *,
        query: ResourceQuery | None = None,
        whole_only: bool = False,
    ) -> AsyncGenerator[ExportPiece, None]:
        """Every resource that a principal may discover. See `Platform.export`."""
        wanted = query or ResourceQuery()
        async with self.session(principal, token) as session:
            await session._check(wanted)
            # With the caller's eyes in it, as lists have it: what is hidden must not decide what is exported.
            wanted = queued(wanted, None, session._sight)
        async with aclosing(self._exports.export(principal, token, wanted, whole_only=whole_only)) as pieces:
            async for piece in pieces:
                yield piece

    async def identify(self, token: VerifiedToken) -> str:
        """The id of the principal that a token is about. Raises Unauthenticated when it is about none of this platform."""
        if token.principal is not None:
            return token.principal
        async with self._store.read() as reader:
            return (await self._authority.at(reader)).identify(token)
