"""What the proofs of the promises share: the two databases, nodes with their doors, and what each proof has to report.

A proof runs in a short form with all other tests. `UCS_PROMISE_EFFORT=20` makes it try twenty times as much, and
`UCS_PROMISE_SEED=…` makes it choose differently.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import httpx2
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1 import vocabulary_pb2
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.tokens import LocalIssuer, TokenVerifier
from ucs_core.grpc.conversion import filled
from ucs_core.grpc.server import start_grpc
from ucs_core.http import build_http
from ucs_core.platform import Platform, build_platform
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.ports import Store
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.sql import open_store
from ucs_sdk.errors import UcsError

CARD = (
    "id code etag revision readable updatedAt tags spec contact title { zh en } "
    "head { number content { title { en } tags spec contact dependencies { resource { id } } } } "
    "dependencies { resource { id } }"
)
LISTED = (
    "query($first: Int, $after: String, $order: ResourceOrder!, $filter: ResourceFilter, $search: String) { "
    "resources(first: $first, after: $after, orderBy: $order, filter: $filter, search: $search) { "
    "totalCount facets(by: [kind]) { values { value count } } pageInfo { hasNextPage endCursor } "
    "edges { cursor node { " + CARD + " } } } }"
)
KINDS = {number: name.removeprefix("RESOURCE_KIND_").lower() for name, number in vocabulary_pb2.ResourceKind.items()}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database, once of each sort."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


class Doors:
    """Both doors of a node in the hands of anybody with a token. What they refuse is raised as the platform's error."""

    def __init__(self, channel: grpc.aio.Channel, http: httpx2.AsyncClient, token: Callable[[str], str]) -> None:
        self.channel = channel
        self._http = http
        self._token = token
        self.call_id = ""
        """The id under which the log knows the last call."""

    def metadata(self, principal: str | None) -> list[tuple[str, str]]:
        """What a call over gRPC carries."""
        return [] if principal is None else [("authorization", f"Bearer {self._token(principal)}")]

    async def rpc(self, principal: str | None, stub: type, method: str, request: Any, *, stream: bool = False) -> Any:
        """The answer of a method."""
        send = getattr(stub(self.channel), method)
        call = send(iter([request]) if stream else request, metadata=self.metadata(principal))
        try:
            answer = await call
        except grpc.aio.AioRpcError as failure:
            trailing = failure.trailing_metadata() or {}
            self.call_id = trailing.get("ucs-call-id", "")
            if "ucs-error-bin" not in trailing:
                raise
            detail = ErrorDetail.FromString(trailing["ucs-error-bin"])
            raise UcsError(detail.reason, **detail.fields) from failure
        self.call_id = (await call.trailing_metadata()).get("ucs-call-id", "")
        return answer

    async def graphql(self, principal: str | None, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an answer."""
        headers = dict(self.metadata(principal))
        answer = await self._http.post(
            "/graphql", json={"query": document, "variables": variables or {}}, headers=headers
        )
        self.call_id = answer.headers["ucs-call-id"]
        body = answer.json()
        for error in body.get("errors", ()):
            told = error["extensions"]
            raise UcsError(told["reason"], **told["fields"])
        return body["data"]


Build = Callable[[Store, TokenVerifier], Platform]


@dataclass(kw_only=True)
class Node:
    """A platform over its own connections to a database."""

    store: Store
    platform: Platform
    issuer: LocalIssuer
    settings: Settings

    def token(self, principal: str) -> str:
        """A token of a principal."""
        return self.issuer.issue(principal, lifetime=timedelta(minutes=10))

    @asynccontextmanager
    async def doors(self) -> AsyncIterator[Doors]:
        """Both doors, open until the end of the block."""
        readiness = Readiness(self.store.ping)
        server = await start_grpc(self.platform, readiness, self.settings)
        http = httpx2.ASGITransport(app=build_http(self.platform, readiness, self.settings))
        readiness.enter(Phase.SERVING)
        tokens: dict[str, str] = {}
        try:
            async with (
                grpc.aio.insecure_channel(server.address) as channel,
                httpx2.AsyncClient(transport=http, base_url="http://ucs") as client,
            ):
                yield Doors(channel, client, lambda who: tokens.setdefault(who, self.token(who)))
        finally:
            await server.stop(0)
            await self.platform.pipeline.drain()


def ready_build(store: Store, verifier: TokenVerifier) -> Platform:
    """The platform as it is."""
    return build_platform(store, verifier, origin="here")


@asynccontextmanager
async def opened(
    url: str, count: int = 1, build: Build = ready_build, wrap: Callable[[Store], Store] = lambda store: store
) -> AsyncIterator[list[Node]]:
    """So many nodes on one database. `wrap` puts something between a platform and its store."""
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    async with AsyncExitStack() as stack:
        nodes = []
        for _ in range(count):
            store = await open_store(url)
            stack.push_async_callback(store.close)
            outer = wrap(store)
            node = Node(
                store=store,
                platform=build(outer, issuer.verifier()),
                issuer=issuer,
                settings=Settings(grpc="127.0.0.1:0"),
            )
            stack.push_async_callback(node.platform.pipeline.drain)
            nodes.append(node)
        yield nodes


@pytest.fixture
def open_nodes() -> Callable[..., Any]:
    return opened


class Page:
    """A page, as whatever shows it: rows that can be compared, the total, the facets, and its cursors."""

    def __init__(self, rows: list[tuple[Any, ...]], total: int, facets: dict[str, int], cursors: list[str], more: str):
        self.rows = rows
        self.names = [row[0] for row in rows]
        self.total = total
        self.facets = facets
        self.cursors = cursors
        self.more = more


class PlatformEyes:
    """A principal before the platform itself."""

    gets, walks, queries, asks_code = 24, 4, 28, True

    def __init__(self, session: Any) -> None:
        self.session = session
        self.heard: list[str] = []

    async def get(self, name: str) -> str:
        view = await self.session.resource(name)
        self.heard.append(view.model_dump_json())
        return view.name

    async def page(self, query: ResourceQuery, order: Order, first: int, after: str) -> Page:
        page = await self.session.resources(query, order=order, first=first, after=after or None)
        self.heard += [view.model_dump_json() for view in page.items]
        [facets] = (await self.session.facets(query, [Dimension.KIND])).values()
        rows = [_row(view, view.name, view.content.spec or None) for view in page.items]
        more = page.cursors[-1] if page.more else ""
        return Page(rows, await self.session.count(query), facets, page.cursors, more)


class GrpcEyes:
    """A principal at the gRPC door."""

    gets, walks, queries, asks_code = 6, 1, 10, True

    def __init__(self, doors: Any, principal: str) -> None:
        self._doors = doors
        self._principal = principal
        self.heard: list[str] = []

    async def get(self, name: str) -> str:
        answer = await self._ask("Get", api.GetResourceRequest(name=name))
        return answer.name

    async def page(self, query: ResourceQuery, order: Order, first: int, after: str) -> Page:
        filter = {name: value for name in query.__slots__ if (value := getattr(query, name))}
        request = api.ListResourcesRequest(page_size=first, page_token=after, include_counts=True)
        filled(request.filter, filter)
        filled(request, {"order_by": order})
        answer = await self._ask("List", request)
        facets = {KINDS[item.kind]: item.count for item in answer.kind_counts}
        rows = [_row(item, item.name, _plain_spec(item.content)) for item in answer.resources]
        cursors = [answer.next_page_token.partition(".")[2]] if answer.next_page_token else []
        return Page(rows, answer.total_size, facets, cursors, answer.next_page_token)

    async def _ask(self, method: str, request: Any) -> Any:
        answer = await self._doors.rpc(self._principal, ResourceServiceStub, method, request)
        self.heard.append(str(answer))
        return answer


class GraphqlEyes:
    """A principal at the GraphQL door."""

    gets, walks, queries, asks_code = 4, 1, 6, False

    def __init__(self, doors: Any, principal: str) -> None:
        self._doors = doors
        self._principal = principal
        self.heard: list[str] = []

    async def get(self, name: str) -> str:
        card = f"{CARD} dependants {{ resource {{ id }} }}"
        document = f"query($id: ID!) {{ resource(id: $id) {{ {card} }} node(id: $id) {{ id }} }}"
        answer = await self.ask(document, id=name)
        assert answer["node"]["id"] == answer["resource"]["id"]
        return answer["resource"]["id"]

    async def page(self, query: ResourceQuery, order: Order, first: int, after: str) -> Page:
        named = {"kind": "kind", "type": "type", "owner_subtree": "ownerSubtree", "share_type": "shareType"}
        named |= {"availability": "availability", "tag": "tag", "affected_by_deprecation": "affectedByDeprecation"}
        filter = {name: getattr(query, part) for part, name in named.items() if getattr(query, part) is not None}
        answer = await self.ask(
            LISTED, first=first, after=after or None, order=order.value, filter=filter, search=query.search
        )
        found = answer["resources"]
        nodes = [edge["node"] for edge in found["edges"]]
        facets = {item["value"]: item["count"] for item in found["facets"][0]["values"]}
        cursors = [edge["cursor"] for edge in found["edges"]]
        more = found["pageInfo"]["endCursor"] if found["pageInfo"]["hasNextPage"] else ""
        return Page([_graphql_row(node) for node in nodes], found["totalCount"], facets, cursors, more)

    async def ask(self, document: str, **variables: Any) -> Any:
        answer = await self._doors.graphql(self._principal, document, variables)
        self.heard.append(orjson.dumps(answer).decode())
        return answer


def _row(item: Any, name: str, spec: Any) -> tuple[Any, ...]:
    """What all doors must tell alike of a resource; a model and a message have the same fields."""
    links = sorted(link.target for link in item.content.dependencies)
    head = item.head.number if item.head else 0
    contact = item.content.contact or None
    return (
        name,
        item.etag or None,
        item.revision,
        item.readable,
        item.content.title.en,
        spec,
        contact,
        head or None,
        links,
    )


def _plain_spec(content: Any) -> Any:
    return {key: value.string_value for key, value in content.spec.fields.items()} or None


def _graphql_row(node: dict[str, Any]) -> tuple[Any, ...]:
    links = sorted(link["resource"]["id"] for link in node["dependencies"])
    head = node["head"]["number"] if node["head"] else None
    shown = (node["id"], node["etag"], node["revision"], node["readable"], node["title"]["en"], node["spec"])
    return *shown, node["contact"], head, links


@pytest.fixture
def three_eyes() -> Callable[[Any, Doors, str], tuple[PlatformEyes, GrpcEyes, GraphqlEyes]]:
    """The three ways in which a principal can look at the catalogue."""
    return lambda session, doors, who: (PlatformEyes(session), GrpcEyes(doors, who), GraphqlEyes(doors, who))
