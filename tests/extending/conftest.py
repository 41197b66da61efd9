"""A city that runs plugins, on each of the stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from plugin_city import PluginCity, nodes

from ucs_sdk.errors import UcsError

URLS = {"memory": None, "sqlite": "sqlite_url", "postgresql": "postgres_url"}


@pytest.fixture(params=[*URLS])
async def city(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PluginCity]:
    fixture = URLS[request.param]
    async with nodes(request.getfixturevalue(fixture) if fixture else None, tmp_path) as [made]:
        yield made


@pytest.fixture(params=[*URLS])
async def two_nodes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[PluginCity]]:
    fixture = URLS[request.param]
    async with nodes(request.getfixturevalue(fixture) if fixture else None, tmp_path, 2) as made:
        yield made


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[PluginCity]:
    """The city in memory, for what does not depend on the store."""
    async with nodes(None, tmp_path) as [made]:
        yield made


@pytest.fixture
def refused() -> Callable[[Awaitable[Any]], Awaitable[UcsError]]:
    async def of(attempt: Awaitable[Any]) -> UcsError:
        with pytest.raises(UcsError) as caught:
            await attempt
        return caught.value

    return of
