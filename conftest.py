"""What holds for every test, wherever it stands."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

PLUGINS = "ucs_capability_"


@pytest.fixture(scope="module", autouse=True)
def imported_plugins() -> Iterator[None]:
    """Have a file of tests leave the modules of plugins as it found them.

    A platform imports plugins anew. Tests of another file have the earlier ones in hand, and what they import later must be
    of the same generation.
    """
    before = {name: module for name, module in sys.modules.items() if name.startswith(PLUGINS)}
    yield
    for name in [name for name in sys.modules if name.startswith(PLUGINS)]:
        del sys.modules[name]
    sys.modules.update(before)
