"""The demo catalogue: real entries with their sources, invented ones with their label, in an order that a store accepts.

`faults` is the check; every way in which a careless generator could break the city is tried on it.
"""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from ucs_core.demo.generator import KIND_SHARES, SYNTHETIC, generate, synthetic_counts
from ucs_core.demo.geography import outlines
from ucs_core.demo.organizations import organizations
from ucs_core.demo.real_entries import real_resources
from ucs_registry.catalog import Actor, ImportedResource, add_organizations, import_resources
from ucs_registry.memory import InMemoryStore
from ucs_registry.resources import KIND_RANK, Point
from ucs_registry.types import KnownTypes, check_spec
from ucs_registry.visibility import ALLOWED, Visibility
from ucs_sdk.errors import Invalid, UcsError
from ucs_sdk.vocabulary import Availability, ResourceKind, ShareType

REAL_CODES = {row.code for row in real_resources()}


def faults(rows, tree):
    """What is wrong with a catalogue, row by row."""
    seen, codes = {}, set()
    for row in rows:
        yield from (f"{row.code}: {fault}" for fault in _of_itself(row, tree))
        if f"resources/{row.id}" in seen:
            yield f"{row.code}: id twice"
        if row.code in codes:
            yield f"{row.code}: code twice"
        for need in row.content.dependencies:
            target = seen.get(need.target)
            if target is None:
                yield f"{row.code}: depends on what comes later or never"
            elif KIND_RANK[target.kind] < KIND_RANK[row.kind]:
                yield f"{row.code}: depends upward"
        seen[f"resources/{row.id}"] = row
        codes.add(row.code)


def _of_itself(row, tree):
    try:
        ImportedResource.model_validate(row.model_dump())
        check_spec(row.kind, row.type, row.content.spec, KnownTypes())
    except (UcsError, ValueError) as error:
        yield f"invalid: {error}"
    if row.owner not in tree:
        yield "unknown owner"
    if row.content.region_code not in tree:
        yield "unknown region"
    if row.content.synthetic != (row.content.source == SYNTHETIC):
        yield "label and source disagree"
    if not row.content.synthetic and row.code not in REAL_CODES:
        yield "claims to be real"
    if not row.content.source:
        yield "no source"
    if row.content.location and not _within(row.content.location, row.content.region_code):
        yield "outside its district"


def _within(place, region):
    return outlines()[region[:6]].contains(place.longitude, place.latitude)


def _change(row, **content):
    return row.model_copy(update={"content": row.content.model_copy(update=content)})


def _replace(rows, at, row):
    return [*rows[:at], row, *rows[at + 1 :]]


def _first(rows, wanted):
    return next(at for at, row in enumerate(rows) if wanted(row))


def forgets_the_label(rows):
    return [_change(row, synthetic=False) for row in rows]


def passes_invented_for_real(rows):
    return [_change(row, synthetic=False, source="Qingdao") if row.content.synthetic else row for row in rows]


def drops_a_source(rows):
    return _replace(rows, 0, _change(rows[0], source=None))


def puts_targets_behind(rows):
    at = _first(rows, lambda row: row.content.synthetic and row.content.dependencies)
    return [*rows[:at], *rows[at + 1 :], rows[at]][::-1]


def depends_upward(rows):
    application = _first(rows, lambda row: row.kind is ResourceKind.APPLICATION)
    need = rows[_first(rows, lambda row: row.content.dependencies)].content.dependencies[0]
    upward = need.model_copy(update={"target": f"resources/{rows[application].id}"})
    data = _first(rows, lambda row: row.content.synthetic and row.kind is ResourceKind.DATA)
    return _replace(rows, data, _change(rows[data], dependencies=(upward,)))


def repeats_a_code(rows):
    return _replace(rows, 1, rows[1].model_copy(update={"code": rows[0].code}))


def repeats_an_id(rows):
    return _replace(rows, 1, rows[1].model_copy(update={"id": rows[0].id}))


def leaves_the_district(rows):
    at = _first(rows, lambda row: row.content.location)
    return _replace(rows, at, _change(rows[at], location=Point(longitude=116.4, latitude=39.9)))


def refuses_without_a_basis(rows):
    at = _first(rows, lambda row: row.content.share_type is ShareType.NONE)
    return _replace(rows, at, _change(rows[at], denial_basis=None))


def breaks_a_schema(rows):
    return _replace(rows, 0, _change(rows[0], spec={"nonsense": True}))


def belongs_to_nobody(rows):
    return _replace(rows, 0, rows[0].model_copy(update={"owner": "nobody"}))


def test_the_small_city_is_sound(small_city, tree):
    assert list(faults(small_city, tree)) == []


@pytest.mark.parametrize(
    ("careless", "fault"),
    [
        (forgets_the_label, "label and source disagree"),
        (passes_invented_for_real, "claims to be real"),
        (drops_a_source, "no source"),
        (puts_targets_behind, "comes later or never"),
        (depends_upward, "depends upward"),
        (repeats_a_code, "code twice"),
        (repeats_an_id, "id twice"),
        (leaves_the_district, "outside its district"),
        (refuses_without_a_basis, "DENIAL_BASIS_MISSING"),
        (breaks_a_schema, "SPEC_INVALID"),
        (belongs_to_nobody, "unknown owner"),
    ],
)
def test_a_careless_generator_is_noticed(careless, fault, small_city, tree):
    assert any(fault in line for line in faults(careless(list(small_city)), tree))


def test_two_runs_are_identical(small_city):
    again = tuple(generate(len(small_city), 370200))
    assert again == small_city


def test_another_seed_gives_another_city(small_city):
    other = tuple(generate(len(small_city), 1))
    assert other != small_city
    assert [row for row in other if not row.content.synthetic] == list(real_resources())


def test_real_entries_come_first_and_are_between_80_and_150(small_city):
    real = real_resources()
    assert 80 <= len(real) <= 150
    assert small_city[: len(real)] == real
    assert all(row.content.synthetic for row in small_city[len(real) :])


def test_real_entries_carry_no_place_because_no_source_gives_one():
    assert [row.code for row in real_resources() if row.content.location] == []


@pytest.mark.parametrize(
    ("code", "field", "figure"),
    [
        ("QD-3702-INF-0005", "channel_count", 230_000),
        ("QD-3702-INF-0005", "location_completeness", 0.96),
        ("QD-3702-INF-0006", "device_count", 10_300),
        ("QD-3702-INF-0008", "dock_count", 56),
        ("QD-3702-DAT-0001", "row_count", 5_000_000_000),
        ("QD-3702-DAT-0001", "class_count", 449),
        ("QD-3702-DAT-0004", "length_km", 6_500),
        ("QD-3702-DAT-0012", "row_count", 62),
        ("QD-3702-DAT-0018", "feature_count", 2_760_000),
        ("QD-3702-COM-0001", "served_scenario_count", 476),
        ("QD-3702-APP-0033", "connected_unit_count", 612),
        ("QD-370202-INF-0001", "channel_count", 17_000),
    ],
)
def test_figures_are_those_of_the_sources(code, field, figure):
    (entry,) = [row for row in real_resources() if row.code == code]
    assert entry.content.spec[field] == figure


def test_assumed_items_and_lower_bounds_are_remarked():
    remarks = {row.code: row.content.spec.get("remark", "") for row in real_resources()}
    assert "channel_count" in remarks["QD-3702-INF-0005"]
    assert all("演示假设" in remarks[row.code] for row in real_resources() if row.type in ("dataset", "data_stream"))


def test_kinds_come_in_the_documented_parts(small_city):
    counted = Counter(row.kind for row in small_city)
    assert {kind: counted[kind] / len(small_city) for kind in KIND_SHARES} == KIND_SHARES


@pytest.mark.parametrize("count", [0, 1, 60, 137, 138, 300, 2_000, 189_000])
def test_the_counts_of_the_kinds_add_up(count):
    real = Counter(row.kind for row in real_resources()[:count])
    made = synthetic_counts(count, real)
    assert sum(made.values()) + sum(real.values()) == count
    assert min(made.values()) >= 0


def test_a_count_below_the_real_entries_cuts_them():
    assert tuple(generate(5, 1)) == real_resources()[:5]
    assert tuple(generate(0, 1)) == ()


def test_a_negative_count_is_refused_before_the_first_row():
    with pytest.raises(Invalid):
        generate(-1, 1)


def test_the_full_city_streams(tree):
    assert list(faults(islice(generate(189_000, 1), 300), tree)) == []


def test_standing_water_is_easy_to_find(small_city):
    titles = [row.content.title.zh for row in small_city]
    assert sum("积水" in title for title in titles) >= 50
    assert "易积水点管理服务一件事" in titles


def test_most_is_online_and_some_is_not(small_city):
    parts = Counter(row.availability for row in small_city)
    assert set(parts) == {Availability.ONLINE, Availability.OFFLINE}
    assert 0.85 < parts[Availability.ONLINE] / len(small_city) < 0.98


def test_all_share_types_occur_and_refusals_call_themselves_examples(small_city):
    parts = Counter(row.content.share_type for row in small_city)
    assert all(parts[share] >= 50 for share in ShareType)
    refused = [row for row in small_city if row.content.share_type is ShareType.NONE]
    assert all("合成" in row.content.denial_basis and row.content.synthetic for row in refused)


def test_invented_summaries_say_that_they_are_examples(small_city):
    invented = [row for row in small_city if row.content.synthetic]
    assert all(row.content.summary.zh.startswith("合成示例") for row in invented)
    assert all(row.content.summary.en.startswith("Synthetic example") for row in invented)


async def test_a_store_takes_in_the_small_city(small_city):
    store = InMemoryStore()
    all_seeing = Visibility(
        mask=bytes([ALLOWED]) * 10_000, action="discover", grantees=(), at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    actor = Actor("principals/platform-admin", datetime(2026, 1, 1, tzinfo=UTC), all_seeing)
    async with store.write() as unit:
        await add_organizations(unit, organizations())
        await unit.commit()
    rows = iter(small_city)
    while chunk := list(islice(rows, 500)):
        async with store.write() as unit:
            assert len(await import_resources(unit, chunk, actor)) == len(chunk)
            await unit.commit()
    async with store.read() as reader:
        assert await reader.resource_by_code("QD-3702-DAT-0010") is not None
        assert len(await reader.all_organizations()) == len(organizations())
    await store.close()
