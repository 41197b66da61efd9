"""The page about the query battery shows what runs, and the city that is asked is as the platform keeps one."""

from __future__ import annotations

import asyncio

import pytest
from battery_page import ROWS, on_the_page, written
from query_battery import BATTERY
from shown_statements import SHOWN_MOST, shortened

from ucs_registry.sql.places import displaced
from ucs_registry.sql.shown_tags import mislabelled
from ucs_registry.sql.strays import strays


@pytest.fixture
def shown(bench):
    if not bench.url.startswith("sqlite") or bench.desk.city.count != ROWS:
        pytest.skip("the page shows the statements of a small city on SQLite")
    return written({entry.name: [each.text for each in bench.statements(entry) if each.has_plan] for entry in BATTERY})


def test_the_battery_is_documented_with_the_statements_that_run(shown):
    renewed = "renew the page: PYTHONPATH=tests/support .venv/bin/python -m battery_page"
    assert shown.splitlines() == on_the_page().splitlines(), renewed
    # The twin: a statement that chooses by something else is another page.
    assert shown.replace("tag_places.tag = ?1", "tag_places.tag > ?1") != on_the_page()


def test_a_statement_is_shown_by_where_it_reads_and_by_what_it_chooses():
    statement = """SELECT json_object('a', resources.id, 'b', ')FROM', 'c', (SELECT organizations.title_zh FROM organizations
        WHERE organizations.number = resources.owner)) AS answer FROM resources WHERE resources.code = ?1 AND x IN
        (SELECT a FROM b WHERE c IN (SELECT d FROM e WHERE f IN (SELECT g FROM h WHERE i IN (SELECT j FROM k WHERE
        a_column_with_a_long_name = another_column_with_a_long_name))))"""
    assert shortened(statement) == (
        "SELECT … (SELECT organizations.title_zh FROM organizations WHERE organizations.number = resources.owner) … "
        "FROM resources WHERE resources.code = ?1 AND x IN (SELECT a FROM b WHERE c IN (SELECT d FROM e WHERE f IN "
        "(SELECT g FROM h WHERE i IN (…))))"
    )
    assert len(shortened(f"SELECT a FROM b WHERE {' OR '.join(['c = 1'] * 1_000)}")) <= SHOWN_MOST + 2


@pytest.mark.parametrize("look", [strays, displaced, mislabelled])
def test_the_city_is_kept_as_the_platform_keeps_one(bench, look):
    """What `ucs doctor` looks at, of a city that was entered in bulk."""
    assert asyncio.run(look(bench.url)) == {}


def test_twin_that_was_entered_by_half_is_found(bench):
    bench.change("DELETE FROM tag_places WHERE kind = 'application'")
    assert asyncio.run(displaced(bench.url))
