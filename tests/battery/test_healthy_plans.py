"""Every call of the query battery runs statements whose plans are healthy: nothing that grows is read from end to end.

The statements are those that the calls really send, whichever way they are answered, with the values that they send.
"""

from __future__ import annotations

import pytest
from query_battery import BATTERY
from statement_plans import unhealthy


def ailments(bench, entry) -> list[str]:
    """What is unhealthy about the plans of a call."""
    statements = bench.statements(entry)
    assert statements, "nothing was asked of the database"
    walks = entry.walks | (entry.few if bench.plans.small else frozenset())
    found = []
    for statement in statements:
        if statement.has_plan:
            found += unhealthy(bench.plans.of(statement), walks, entry.whole)
    return sorted(set(found))


@pytest.mark.parametrize("entry", BATTERY, ids=lambda entry: entry.name)
def test_no_call_reads_a_table_from_end_to_end(bench, entry):
    assert ailments(bench, entry) == []


def test_twin_without_an_index_is_caught(bench):
    entry = next(entry for entry in BATTERY if entry.name == "dependants of something central")
    bench.change("DROP INDEX ix_dependencies_target")
    if bench.url.startswith("postgresql"):
        # From version 18 on, PostgreSQL skips through the key of the links, which has the target behind the source.
        bench.change("ALTER TABLE dependencies DROP CONSTRAINT dependencies_pkey")
    assert ailments(bench, entry) != []
