"""What pytest gets from the SDK: the fixture `city`, a whole platform in memory with the plugin under test in it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ucs_sdk.errors import FailedPrecondition
from ucs_sdk.plugins import find_in_folder

if TYPE_CHECKING:
    import pytest

HOST_GROUP = "ucs.testing"
"""The entry point by which the platform says how a city is opened."""


def pytest_configure(config: pytest.Config) -> None:
    """Offer the fixture. A test suite that has one of this name keeps its own."""
    # Whoever imports the SDK without running tests has no pytest.
    import pytest  # noqa: PLC0415 -- see above

    class Fixtures:
        @pytest.fixture
        def city(self, request: pytest.FixtureRequest) -> Iterator[Any]:
            """A platform with the plugin in whose folder the test stands, in memory, or on a SQLite file of its own for one with
            tables of its own. See `ucs_core.testing.City`.
            """
            with host()([find_in_folder(folder_of(Path(request.path)))]) as opened:
                yield opened

    config.pluginmanager.register(Fixtures(), "ucs-city")


def host() -> Any:  # noqa: ANN401 -- the platform's own, which the SDK does not know
    """What opens a city. Raises FailedPrecondition where no platform is installed."""
    for point in entry_points(group=HOST_GROUP):
        return point.load()
    raise FailedPrecondition("TEST_HOST_MISSING")


def folder_of(file: Path) -> Path:
    """The folder of the plugin in which a test stands: the nearest above it that is a project."""
    return next((folder for folder in file.resolve().parents if (folder / "pyproject.toml").is_file()), file.parent)
