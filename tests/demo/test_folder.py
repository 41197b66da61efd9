"""The demo keeps to its own: nothing that it did not make is touched, and no two run in one folder."""

import json

import pytest

from ucs_core.demo.folder import ROOM, DemoFolder
from ucs_sdk.errors import FailedPrecondition


@pytest.fixture
def folder(tmp_path, monkeypatch):
    # Nothing is entered here, so that it does not matter how much room this machine has.
    monkeypatch.setitem(ROOM, "full", 0)
    monkeypatch.setitem(ROOM, "small", 0)
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


def test_a_folder_that_cannot_be_made_is_named_with_the_reason(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with (
        pytest.raises(FailedPrecondition, match="DEMO_FOLDER_UNUSABLE") as refused,
        DemoFolder(tmp_path / "file" / "city").held(),
    ):
        pytest.fail("it is held")
    assert "Not a directory" in refused.value.message()


def test_a_city_that_has_no_room_is_not_begun(folder, monkeypatch):
    monkeypatch.setitem(ROOM, "small", 2**40)
    with folder.held(), pytest.raises(FailedPrecondition, match="DEMO_ROOM_SHORT"):
        folder.prepare("small")


@pytest.mark.parametrize("state", ["", "{", "[]", json.dumps({"size": "small"})])
def test_a_state_that_cannot_be_read_stops_the_demo(folder, state):
    folder.path.mkdir()
    (folder.path / "seed.json").write_text(state, "utf-8")
    with folder.held(), pytest.raises(FailedPrecondition, match="DEMO_FOLDER_TAKEN"):
        folder.prepare("small")
