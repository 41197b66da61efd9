"""Stores for the registry's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

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
