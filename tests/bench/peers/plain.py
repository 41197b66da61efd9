"""The plain server: strawberry's executor, SQLAlchemy Core and data loaders, on the peers' tables.

As a careful team would write it: documents are parsed and validated once, connections are pooled, every list has its
index, what belongs to many rows is loaded with one statement, and only columns that the schema shows are read.
`python -m peers.plain URL PORT` serves it with uvicorn.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional

import orjson
import strawberry
import uvicorn
from sqlalchemy import Row, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

CARD = "r.id, r.code, r.kind, r.title_zh, r.title_en, r.tags, r.owner"
CONNECTIONS = 8


class Statements(NamedTuple):
    """What is asked of the database."""

    resource: TextClause
    owners: TextClause
    dependencies: TextClause
    resources: TextClause
    listed: TextClause
    found: TextClause
    facets: TextClause


def statements(*, sqlite: bool) -> Statements:
    """The statements; the two databases differ in how they search, and in how they take many values."""
    among = _expanded if sqlite else _as_array
    searched = (
        "documents d JOIN searched s ON s.number = d.rowid WHERE d.documents MATCH :words"
        if sqlite
        else "searched s WHERE s.document @@ CAST(:words AS tsquery)"
    )
    page = f"SELECT s.resource, s.updated_at FROM {searched} ORDER BY s.updated_at DESC, s.resource DESC LIMIT :first"
    order = "ORDER BY p.updated_at DESC, p.resource DESC"
    listed = "SELECT resource, updated_at FROM listed WHERE tag = :tag AND kind = :kind"
    return Statements(
        resource=text(f"SELECT {CARD} FROM resources r WHERE r.id = :id"),
        owners=among("SELECT id, title_zh, title_en FROM organizations WHERE id IN :ids"),
        dependencies=among(
            "SELECT source, relation, target FROM dependencies WHERE source IN :ids ORDER BY source, place"
        ),
        resources=among(f"SELECT {CARD} FROM resources r WHERE r.id IN :ids"),
        listed=text(
            f"SELECT {CARD} FROM ({listed} ORDER BY updated_at DESC, resource DESC LIMIT :first) p "
            f"JOIN resources r ON r.id = p.resource {order}"
        ),
        found=text(f"SELECT {CARD} FROM ({page}) p JOIN resources r ON r.id = p.resource {order}"),
        facets=text(f"SELECT s.kind, s.share_type, count(*) FROM {searched} GROUP BY s.kind, s.share_type"),
    )


def _expanded(words: str) -> TextClause:
    return text(words).bindparams(bindparam("ids", expanding=True))


def _as_array(words: str) -> TextClause:
    # One text whatever number is asked for, so that the statement is prepared once.
    return text(words.replace("IN :ids", "= ANY(:ids)"))


class Loaders:
    """What one request has loaded, and how it loads more."""

    def __init__(self, engine: AsyncEngine, asked: Statements) -> None:
        self._engine = engine
        self.asked = asked
        self.owner = DataLoader(self._keyed(asked.owners, Organization))
        self.resource = DataLoader(self._keyed(asked.resources, Resource))
        self.dependencies = DataLoader(self._dependencies)

    async def rows(self, statement: TextClause, **values: Any) -> Sequence[Row[Any]]:
        """What a statement finds."""
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, values)).all()

    def _keyed(self, statement: TextClause, made: Callable[[Row[Any]], Any]) -> Any:
        async def load(keys: list[str]) -> list[Any]:
            found = {row[0]: made(row) for row in await self.rows(statement, ids=keys)}
            return [found[key] for key in keys]

        return load

    async def _dependencies(self, keys: list[str]) -> list[list[Dependency]]:
        found = defaultdict(list)
        for source, relation, target in await self.rows(self.asked.dependencies, ids=keys):
            found[source].append(Dependency(relation, target))
        return [found[key] for key in keys]


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Bilingual:
    zh: str
    en: str


@strawberry.type
class Organization:
    id: strawberry.ID
    title: Bilingual

    def __init__(self, row: Row[Any]) -> None:
        self.id, self.title = row[0], Bilingual(zh=row[1], en=row[2])


@strawberry.type
class Resource:
    id: strawberry.ID
    code: str
    kind: str
    title: Bilingual
    tags: list[str]
    owner_id: strawberry.Private[str]

    def __init__(self, row: Row[Any]) -> None:
        self.id, self.code, self.kind, zh, en, tags, self.owner_id = row
        self.title = Bilingual(zh=zh, en=en)
        self.tags = orjson.loads(tags) if isinstance(tags, str) else tags

    @strawberry.field
    async def owner(self, info: Info) -> Organization:
        return await info.context.owner.load(self.owner_id)

    @strawberry.field
    async def dependencies(self, info: Info) -> list[Dependency]:
        return await info.context.dependencies.load(self.id)


@strawberry.type
class Dependency:
    relation: str
    target: strawberry.Private[str]

    def __init__(self, relation: str, target: str) -> None:
        self.relation, self.target = relation, target

    @strawberry.field
    async def resource(self, info: Info) -> Resource:
        return await info.context.resource.load(self.target)


@strawberry.type
class FacetCount:
    value: str
    count: int


@strawberry.type
class Facet:
    dimension: str
    values: list[FacetCount]


@strawberry.type
class Page:
    nodes: list[Resource]
    counts: strawberry.Private[Sequence[Any]]

    @strawberry.field
    def total_count(self) -> int:
        return sum(count for *_, count in self.counts)

    @strawberry.field
    def facets(self, by: list[str]) -> list[Facet]:
        found = []
        for dimension in by:
            place, counts = ("kind", "share_type").index(dimension), defaultdict(int)
            for row in self.counts:
                counts[row[place]] += row[2]
            values = [FacetCount(value=value, count=count) for value, count in counts.items()]
            found.append(Facet(dimension=dimension, values=values))
        return found


@strawberry.type
class Query:
    @strawberry.field
    async def resource(self, info: Info, id: strawberry.ID) -> Optional[Resource]:  # noqa: UP045 - strawberry reads it
        rows = await info.context.rows(info.context.asked.resource, id=id)
        return Resource(rows[0]) if rows else None

    @strawberry.field
    async def listed(self, info: Info, kind: str, tag: str, first: int) -> Page:
        rows = await info.context.rows(info.context.asked.listed, kind=kind, tag=tag, first=first)
        return Page(nodes=[Resource(row) for row in rows], counts=())

    @strawberry.field
    async def found(self, info: Info, words: str, first: int) -> Page:
        asked, ask = info.context.asked, info.context.rows
        rows, counts = await asyncio.gather(ask(asked.found, words=words, first=first), ask(asked.facets, words=words))
        return Page(nodes=[Resource(row) for row in rows], counts=counts)


def application(url: str) -> Starlette:
    """The server over a database."""
    sqlite = url.startswith("sqlite")
    engine = create_async_engine(
        url.replace("sqlite:", "sqlite+aiosqlite:").replace("postgresql:", "postgresql+psycopg:"),
        pool_size=CONNECTIONS,
        max_overflow=0,
        # Nothing is written: no transaction need be begun and ended around a statement.
        isolation_level="AUTOCOMMIT",
    )
    asked = statements(sqlite=sqlite)
    schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])

    async def graphql(request: Request) -> Response:
        body = orjson.loads(await request.body())
        result = await schema.execute(
            body["query"], variable_values=body.get("variables"), context_value=Loaders(engine, asked)
        )
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [{"message": error.message} for error in result.errors]
        return Response(orjson.dumps(answer), media_type="application/json")

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=600,
    )
