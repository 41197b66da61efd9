"""How collections declare what they are asked by, and the platform in miniature, which refuses what they do not declare."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from pydantic import BaseModel

from ucs_registry.documents import Document, DocumentQuery, FieldRange, in_order
from ucs_registry.record_ways import found_among, leading_values, tally_of
from ucs_registry.testing import NOW
from ucs_sdk import Between, Capability
from ucs_sdk.errors import Invalid
from ucs_sdk.testing import FakeContext
from ucs_sdk.ways import FIELDS_MOST, WAYS_MOST, Ways

QUESTIONS = 60


class Case(BaseModel):
    state: str = "open"
    region: str | None = None
    level: int | None = None
    urgent: bool = False


def declaring(**ways: Any) -> Capability:
    """A capability with a collection of cases."""
    capability = Capability("cases", title_zh="案件", title_en="Cases")
    capability.collection("cases", Case, title_zh="案件", title_en="Cases", **ways)
    return capability


WAYS: dict[str, Any] = {
    "listed_by": (("state", "level"), "level", ("region[4]", "level"), ("urgent", "state")),
    "counted_by": ("state", ("region[4]", "urgent"), "level"),
}


def test_ways_are_fields_by_themselves_or_together() -> None:
    assert declaring(**WAYS).collections["cases"].ways == Ways(
        listed=(("state", "level"), ("level",), ("region[4]", "level"), ("urgent", "state")),
        counted=(("state",), ("region[4]", "urgent"), ("level",)),
    )
    assert not declaring().collections["cases"].ways.declared


@pytest.mark.parametrize(
    "ways",
    [
        {"listed_by": ("colour",)},
        {"counted_by": ("region[0]",)},
        {"counted_by": ("region[4",)},
        {"listed_by": (("state", "state"),)},
        {"listed_by": ("state", "state")},
        {"listed_by": ((),)},
        {"listed_by": (("state", "region", "level", "urgent", "region[2]")[: FIELDS_MOST + 1],)},
        {"counted_by": tuple(f"region[{length}]" for length in range(1, WAYS_MOST + 2))},
    ],
)
def test_a_way_that_is_none_is_told_with_its_line(ways: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"DECLARED_WAY: .*test_ways\.py:\d+"):
        declaring(**ways)


def test_a_list_is_asked_by_what_is_equal_and_then_its_order() -> None:
    ways = declaring(**WAYS).collections["cases"].ways
    assert ways.listing(["state"], ["level"], "level") == ("state", "level")
    assert ways.listing(["state", "urgent"], [], "") == ("urgent", "state")
    assert ways.listing(["urgent"], [], "state") == ("urgent", "state")
    assert ways.listing(["level"], [], "level") == ("level",)
    assert ways.listing([], [], "") == ()
    for same, within, order in (
        (["state"], [], ""),
        (["level"], ["state"], "state"),
        ([], ["level"], ""),
        (["state"], ["region[4]"], "level"),
        (["level", "state"], [], "region"),
        ([], [], "state"),
    ):
        assert ways.listing(same, within, order) is None
    assert ways.counting(["urgent"]) == ("region[4]", "urgent")
    assert ways.counting([]) == ()
    assert ways.counting(["state", "level"]) is None


def a_case(chance: Random) -> Case:
    """A case of chance."""
    return Case(
        state=chance.choice(("open", "closed", "")),
        region=chance.choice((None, "3702", "370202", "3703")),
        level=chance.choice((None, 1, 2, 30)),
        urgent=chance.random() < 0.5,
    )


@pytest.mark.parametrize("capability", [None, declaring(**WAYS)])
async def test_the_platform_in_miniature_answers_as_the_platform_does(capability: Capability | None) -> None:
    chance, ctx = Random(5), FakeContext(capability=capability)
    cases = {f"{number:02}": a_case(chance) for number in range(40)}
    async with ctx.unit() as unit:
        for key, case in cases.items():
            unit.documents("cases", Case).put(key, case)
    kept = [
        Document(
            plugin="cases",
            collection="cases",
            id=key,
            organization="water",
            body=case.model_dump(mode="json"),
            revision=1,
            created_at=NOW,
            updated_at=NOW,
        )
        for key, case in cases.items()
    ]
    records = ctx.documents("cases", Case)
    for _ in range(QUESTIONS):
        way = chance.choice(WAYS["listed_by"][:1] + WAYS["listed_by"][2:])
        value = {"state": "open", "region[4]": "3702", "urgent": True}[way[0]]
        where: dict[str, Any] = {way[0]: value}
        if chance.random() < 0.5:
            where[way[1]] = Between(least=1, most=2) if way[1] == "level" else Between(most="d")
        descending = chance.random() < 0.5
        asked = DocumentQuery(
            plugin="cases",
            collection="cases",
            where=tuple(
                FieldRange(field=field, least=each.least, most=each.most)
                if isinstance(each, Between)
                else FieldRange(field=field, least=each, most=each)
                for field, each in where.items()
            ),
            order=way[1],
            descending=descending,
        )
        plain = [document.id for document in in_order(found_among(kept, asked, {"water": 0}), asked, None)]
        page = await records.query(where, order_by=way[1], descending=descending, limit=99)
        assert [each.key for each in page.items] == plain
    for by in ("state", "region[4]", "level", "urgent"):
        assert await records.counts(by) == leading_values(tally_of(kept, by))
    assert await records.counts("urgent", {"region[4]": "3702"}) == leading_values(
        tally_of([each for each in kept if (each.body["region"] or "").startswith("3702")], "urgent")
    )


async def test_the_platform_in_miniature_refuses_what_is_not_declared() -> None:
    records = FakeContext(capability=declaring(**WAYS)).documents("cases", Case)
    for attempt in (
        records.query({"region": "3702"}),
        records.query(order_by="state"),
        records.query({"state": Between(least="a")}, order_by="level"),
        records.count({"state": "open", "urgent": True}),
        records.counts("region"),
    ):
        with pytest.raises(Invalid, match="RECORDS_NOT_LISTED"):
            await attempt
