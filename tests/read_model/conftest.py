"""A store of each sort, and models over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from ucs_registry.read_model import Model, Reads
from ucs_registry.sql import SqlStore, open_store
from ucs_registry.sql.projecting import SqlProjecting


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database, once of each sort."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def store(database: str) -> AsyncIterator[SqlStore]:
    """A store over it."""
    store = await open_store(database)
    yield store
    await store.close()


@pytest.fixture
async def modelled(store: SqlStore) -> AsyncIterator[Callable[..., Model]]:
    """Makes models over the store; `reads` stands between them and the database."""
    made: list[Model] = []

    def model(reads: Callable[[SqlProjecting], Reads] = lambda reads: reads, **settings: Any) -> Model:
        made.append(Model(reads(SqlProjecting(store._dialect, store.direct)), **settings))
        return made[-1]

    yield model
    for each in made:
        await each.close()
