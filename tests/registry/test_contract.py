"""Every store passes the contract of the port."""

from __future__ import annotations

import pytest

from ucs_registry.memory import InMemoryStore
from ucs_registry.sql import SqlStore
from ucs_registry.testing import StoreContract


class TestInMemoryStore(StoreContract):
    @pytest.fixture
    def store(self, memory_store: InMemoryStore) -> InMemoryStore:
        return memory_store


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, sqlite_store: SqlStore) -> SqlStore:
        return sqlite_store


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def store(self, postgres_store: SqlStore) -> SqlStore:
        return postgres_store
