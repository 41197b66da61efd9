"""What cards show lies ready: tags beside the titles, links in their order, and each value of a statement once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from ucs_registry.sql import downgrade, upgrade
from ucs_registry.sql.urls import dialect_of
from ucs_registry.sql.words import SqliteWords
from ucs_registry.testing import a_content, an_id

# The approved revision stands, whatever the draft says.
CONTENTS = {
    1: [a_content(tags=("水位", 'a "b"', "水位")), a_content(tags=("draft",))],
    2: [a_content(tags=())],
}
SHOWN = {1: ["水位", 'a "b"', "水位"], 2: []}
AT = "2026-03-01T08:00:00.000000Z"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"empty_{request.param}_url")


def test_tags_and_links_of_an_existing_database_are_laid_ready(url: str) -> None:
    upgrade(url, "0002")
    _fill(url)
    for _ in range(2):
        upgrade(url)
        assert {int(id): json.loads(tags) for id, tags in _rows(url, "SELECT id, tags FROM resources")} == SHOWN
        assert _rows(url, "SELECT place, target, relation FROM dependencies ORDER BY source, target, place") == [
            (1, an_id(1), "reads"),
            (0, an_id(2), "reads"),
            (2, an_id(2), "runs_on"),
        ]
        downgrade(url, "0003")


def test_each_value_is_handed_over_once() -> None:
    asked = """SELECT '{"a":"?''?"}' || ? WHERE b = ? AND 'c?' <> ? AND d = ?"""
    numbered = """SELECT '{"a":"?''?"}' || ?1 WHERE b = ?2 AND 'c?' <> ?1 AND d = ?3"""
    assert SqliteWords().numbered(asked, ("mask", "id", "mask", "size")) == (numbered, ("mask", "id", "size"))


def _fill(url: str) -> None:
    engine = dialect_of(url).migration_engine()
    with engine.begin() as connection:
        false = "0" if connection.dialect.name == "sqlite" else "false"
        execute = connection.execute
        execute(
            text(
                f"INSERT INTO organizations VALUES (0, '37', NULL, '37/', 'z', 'e', 'city', 'department', NULL, NULL, {false})"
            )
        )
        execute(text("INSERT INTO cells VALUES (0, 0, 'data', 'dataset', 'unconditional', 'l1', 'none', 'online', 2)"))
        for number, revisions in CONTENTS.items():
            execute(
                text(
                    f"""INSERT INTO resources VALUES ('{an_id(number)}', 'C-{number}', 'data', 'dataset', 0, 'online', NULL, 1,
                    '{AT}', 'p', '{AT}', {len(revisions)}, 1, 'z', 'e', 'unconditional', 0)"""
                )
            )
            for place, content in enumerate(revisions, 1):
                execute(
                    text(
                        f"""INSERT INTO revisions VALUES ('{an_id(number)}', {place}, :content, 'approved', '[]', '{AT}',
                        NULL, NULL, NULL, NULL, NULL)"""
                    ),
                    {"content": content.model_dump_json()},
                )
        for place, target, relation in ((0, 2, "reads"), (1, 1, "reads"), (2, 2, "runs_on")):
            execute(
                text(f"INSERT INTO dependencies VALUES ('{an_id(2)}', {place}, '{an_id(target)}', '{relation}', NULL)")
            )
    engine.dispose()


def _rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    engine = dialect_of(url).migration_engine()
    with engine.begin() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return rows
