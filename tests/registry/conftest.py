"""Stores for the registry's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from ucs_registry.checkpoints import Signer
from ucs_registry.memory import InMemoryStore
from ucs_registry.sql import SqlStore, open_store


@pytest.fixture
async def memory_store() -> AsyncIterator[InMemoryStore]:
    store = InMemoryStore()
    yield store
    await store.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[SqlStore]:
    store = await open_store(sqlite_url)
    yield store
    await store.close()


@pytest.fixture
async def postgres_store(postgres_url: str) -> AsyncIterator[SqlStore]:
    store = await open_store(postgres_url)
    yield store
    await store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def any_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of either kind."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def reopened(any_url: str) -> AsyncIterator[Callable[[Signer | None], Awaitable[SqlStore]]]:
    """Opens one database, with a signer or without, as often as asked."""
    async with AsyncExitStack() as stack:

        async def open(signer: Signer | None) -> SqlStore:
            store = await open_store(any_url, signer=signer)
            stack.push_async_callback(store.close)
            return store

        yield open
