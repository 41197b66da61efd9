"""The demo keeps to its own: nothing that it did not make is touched, and no two run in one folder."""

import json

import pytest

from ucs_core.demo.folder import DemoFolder
from ucs_sdk.errors import FailedPrecondition


@pytest.fixture
def folder(tmp_path):
    return DemoFolder(tmp_path / "demo")


def test_a_database_that_no_demo_made_is_left_alone(folder):
    folder.path.mkdir()
    folder.database.write_text("precious", "utf-8")
    with folder.held(), pytest.raises(FailedPrecondition, match="DEMO_FOLDER_TAKEN"):
        folder.prepare("small")
    assert folder.database.read_text("utf-8") == "precious"


def test_what_an_interrupted_seeding_left_is_removed(folder):
    with folder.held():
        assert folder.prepare("small")
        folder.database.write_text("half a city", "utf-8")
    with folder.held():
        assert folder.prepare("full")
        assert not folder.database.exists()


def test_a_complete_city_is_kept_for_the_next_start(folder):
    with folder.held():
        folder.prepare("small")
        folder.database.write_text("a city", "utf-8")
        assert folder.size is None
        folder.complete("small")
        assert folder.size == "small"
        assert not folder.prepare("small")
        with pytest.raises(FailedPrecondition, match="DEMO_SIZE_DIFFERS"):
            folder.prepare("full")
    assert folder.database.read_text("utf-8") == "a city"


def test_a_second_demo_is_kept_out(folder):
    with folder.held(), pytest.raises(FailedPrecondition, match="DEMO_RUNNING"), DemoFolder(folder.path).held():
        pytest.fail("both are in")


@pytest.mark.parametrize("state", ["", "{", "[]", json.dumps({"size": "small"})])
def test_a_state_that_cannot_be_read_stops_the_demo(folder, state):
    folder.path.mkdir()
    (folder.path / "seed.json").write_text(state, "utf-8")
    with folder.held(), pytest.raises(FailedPrecondition, match="DEMO_FOLDER_TAKEN"):
        folder.prepare("small")
