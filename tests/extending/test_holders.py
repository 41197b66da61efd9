"""Under which name a node holds leases: its own again after it has died, and never that of one that lives."""

from ulid import ULID

from ucs_core.events.holders import holder_by
from ucs_core.events.leases import Leases
from ucs_registry.memory import InMemoryStore


def test_a_node_that_is_started_again_has_its_name_again(tmp_path):
    database = tmp_path / "ucs.db"
    with holder_by(database) as first:
        pass
    with holder_by(database) as second:
        assert second == first
    assert ULID.from_str(first)


def test_nodes_that_run_at_once_have_different_names(tmp_path):
    database = tmp_path / "ucs.db"
    with holder_by(database) as first, holder_by(database) as second, holder_by(database) as third:
        assert len({first, second, third}) == 3


def test_without_a_file_of_its_own_a_name_is_a_fresh_one(tmp_path):
    with holder_by(None) as first, holder_by(None) as second:
        assert first != second
    with holder_by(tmp_path / "nowhere" / "ucs.db") as first, holder_by(tmp_path / "nowhere" / "ucs.db") as second:
        assert first != second


def test_what_stands_in_the_file_and_is_no_name_is_replaced(tmp_path):
    (tmp_path / "ucs.db-node").write_text("../../half a name")
    with holder_by(tmp_path / "ucs.db") as first:
        assert ULID.from_str(first)
    with holder_by(tmp_path / "ucs.db") as second:
        assert second == first


async def test_leases_of_a_node_that_died_are_its_own_again_at_once_and_of_nobody_else(tmp_path):
    database = tmp_path / "ucs.db"
    store = InMemoryStore()
    with holder_by(database) as name:
        assert await Leases(store, name, seconds=lambda: 0.0).take(["deliver"]) == {"deliver"}
    with holder_by(database) as again, holder_by(database) as other:
        assert await Leases(store, other, seconds=lambda: 0.0).take(["deliver"]) == set()
        assert await Leases(store, again, seconds=lambda: 0.0).take(["deliver"]) == {"deliver"}
    await store.close()
