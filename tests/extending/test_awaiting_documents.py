"""Documents of a folder that ask for what plugins offer: they wait for these, and what is wrong with them is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from plugin_city import PluginCity
from structlog.testing import capture_logs

from ucs_core.graphql import DocumentErrors, GraphqlDoor
from ucs_core.graphql.awaiting import AwaitingDocuments, plugin_of
from ucs_core.graphql.persisted import digest_of
from ucs_core.platform import Call
from ucs_sdk.errors import Invalid, Unavailable

FIND = "query Find { viewer { id } ledger { find { count } } }"
WRONG = "{ ledger { find { nothing } } }"


async def settled(door: GraphqlDoor) -> None:
    """Wait until all documents were tried that were to be tried."""
    await asyncio.get_running_loop().run_in_executor(None, door._awaiting._turn.acquire)
    door._awaiting._turn.release()


def told(logs: list[Any]) -> list[tuple[str, str]]:
    return sorted((entry["event"], Path(entry["file"]).name) for entry in logs if "file" in entry)


async def test_a_document_waits_for_its_plugin_and_is_answered_when_that_runs(small: PluginCity) -> None:
    folder = small.folder / "documents"
    folder.mkdir()
    (folder / "find.graphql").write_text(FIND, "utf-8")
    (folder / "wrong.graphql").write_text(WRONG, "utf-8")
    await small.ledger()
    await small.platform.disable_plugin(Call(principal="founder"), "ledger", reason="later")
    with capture_logs() as logs:
        door = GraphqlDoor(small.platform, documents=folder)
        await settled(door)
    assert told(logs) == [("document_waits_for_plugins", name) for name in ("find.graphql", "wrong.graphql")]
    assert {tuple(entry["plugins"]) for entry in logs if "plugins" in entry} == {("ledger",)}
    with pytest.raises(Unavailable) as absent:
        door.prepare(None, None, {}, digest_of(FIND))
    assert (absent.value.reason, absent.value.fields["plugin"]) == ("PLUGIN_NOT_RUNNING", "ledger")
    with capture_logs() as logs:
        await small.platform.enable_plugin(Call(principal="founder"), "ledger")
        await settled(door)
    assert told(logs) == [("document_does_not_fit", "wrong.graphql"), ("document_ready", "find.graphql")]
    [problem] = [entry["problem"] for entry in logs if "problem" in entry]
    assert "Cannot query field 'nothing'" in problem
    assert door.prepare(None, None, {}, digest_of(FIND)).name == "Find"
    with pytest.raises(DocumentErrors):
        door.prepare(None, None, {}, digest_of(WRONG))


@pytest.mark.parametrize(
    "text",
    [
        "{ ledgers { find { count } } }",
        "{ ledger { find { count } } resorces { totalCount } }",
        "{ viewer { nothing } }",
        "{ ledger { find { count }",
    ],
)
async def test_what_no_installed_plugin_could_mend_is_refused_at_the_start(small: PluginCity, text: str) -> None:
    folder = small.folder / "documents"
    folder.mkdir()
    (folder / "wrong.graphql").write_text(text, "utf-8")
    await small.ledger()
    await small.platform.disable_plugin(Call(principal="founder"), "ledger", reason="later")
    with pytest.raises(Invalid) as refused:
        GraphqlDoor(small.platform, documents=folder)
    assert refused.value.fields["file"] == str(folder / "wrong.graphql")


def test_fields_are_told_by_the_plugin_below_whose_name_they_stand() -> None:
    plugins = ["rain", "rain_history", "flood"]
    fields = ("rain", "rainHistory", "rainHistoryWatch", "rainWatch", "rainy", "flooding")
    assert [plugin_of(field, plugins) for field in fields] == ["rain", "rain_history", "rain_history", "rain", "", ""]


def test_fragments_at_the_root_are_looked_into_once() -> None:
    documents = AwaitingDocuments(["viewer"], lambda: ["rain"])
    circle = "query { ...a } fragment a on Query { ...b } fragment b on Query { ...a rain { grade } }"
    assert documents.takes(Path("a"), circle)
    assert not documents.takes(Path("b"), "{ viewer { id } }")
