"""A city for storms in a process of its own, and `ucs` without whoever runs the tests."""

import os

import pytest
from storm_city import StormCity


@pytest.fixture(scope="session")
def city(tmp_path_factory):
    city = StormCity(tmp_path_factory.mktemp("storm"))
    yield city
    city.stop()


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    for name in os.environ:
        if name.startswith(("UCS_", "LC_")) or name in ("LANG", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("UCS_LOCALE", "en")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
