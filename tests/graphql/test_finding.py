"""Pages from either end by the Cursor Connections specification, facets by several dimensions, and what filters refuse."""

import pytest

LIST = """query($filter: ResourceFilter, $search: String, $first: Int, $after: String, $last: Int, $before: String,
    $by: [Dimension!]!) {
  resources(filter: $filter, search: $search, orderBy: code, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    facets(by: $by) { dimension values { value count } }
    nodes { code footprint temporal { start end } }
    edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
SQUARE = {"type": "Polygon", "coordinates": [[[120, 36], [121, 36], [121, 37], [120, 37], [120, 36]]]}
CROSSED = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}


async def filled(city, make_import):
    """Ten resources in a row from west to east, every other one sensitive."""
    items = [
        make_import(
            f"R-{number}",
            location={"longitude": 120 + number / 10, "latitude": 36.5},
            data_level="l3" if number % 2 else "l1",
            tags=["t", "u"] if number < 3 else ["t"],
        )
        for number in range(10)
    ]
    items.append(make_import("S-0", footprint=SQUARE, temporal={"start": "2025-01-01", "end": "2025-12-31"}))
    await city.import_many(items)


async def page(city, who="admin", by=(), **asked):
    found = (await city.ask(who, LIST, by=list(by), **asked))["resources"]
    info = found["pageInfo"]
    return [node["code"] for node in found["nodes"]], (info["hasPreviousPage"], info["hasNextPage"]), found


async def test_pages_are_read_from_either_end(city, make_import):
    await filled(city, make_import)
    codes, around, found = await page(city, last=3)
    assert (codes, around) == (["R-8", "R-9", "S-0"], (True, False))
    codes, around, found = await page(city, last=3, before=found["pageInfo"]["startCursor"])
    assert (codes, around) == (["R-5", "R-6", "R-7"], (True, True))
    codes, around, _ = await page(city, first=2, after=found["pageInfo"]["endCursor"])
    assert (codes, around) == (["R-8", "R-9"], (True, True))
    ends = {"after": found["edges"][0]["cursor"], "before": found["edges"][2]["cursor"]}
    assert (await page(city, first=5, **ends))[:2] == (["R-6"], (True, True))
    assert (await page(city, last=200))[1] == (False, False)


async def test_what_stands_around_a_page_is_known_exactly(city, make_import):
    await filled(city, make_import)
    *_, found = await page(city, first=1)
    cursor = found["pageInfo"]["endCursor"]
    # The row of the cursor is the only one before it, and this filter leaves it out.
    assert (await page(city, first=1, after=cursor, filter={"dataLevel": "l3"}))[:2] == (["R-1"], (False, True))
    *_, found = await page(city, last=1)
    assert (await page(city, last=2, before=found["pageInfo"]["startCursor"], filter={"tag": "t"}))[1] == (True, False)
    # Behind the last row stands nothing, and before it all the others.
    assert (await page(city, first=5, after=found["pageInfo"]["endCursor"]))[:2] == ([], (True, False))


@pytest.mark.parametrize(
    ("asked", "reason", "path"),
    [
        ({"first": 1, "last": 1}, "ARGUMENTS_EXCLUSIVE", None),
        ({"first": -1}, "PAGE_SIZE_INVALID", "first"),
        ({"last": -1}, "PAGE_SIZE_INVALID", "last"),
        ({"last": 0}, "PAGE_SIZE_INVALID", "last"),
        ({"last": 201}, "PAGE_SIZE_INVALID", "last"),
        ({"last": 1, "before": "nonsense"}, "CURSOR_INVALID", "before"),
        ({"first": 1, "after": "nonsense"}, "CURSOR_INVALID", "after"),
        ({"filter": {"district": "37020x"}}, "FIELD_PATTERN", "filter.district"),
        ({"filter": {"region": "3" * 13}}, "FIELD_PATTERN", "filter.region"),
        ({"filter": {"tags": ["t"] * 21}}, "FIELD_TOO_LONG", "filter.tags"),
        ({"filter": {"owner": "qingdao-watr"}}, "ORGANIZATION_UNKNOWN", "owner"),
        ({"filter": {"anyOf": [{"owner": "qingdao-watr"}]}}, "ORGANIZATION_UNKNOWN", "any_of[0].owner"),
        ({"filter": {"anyOf": [{"tag": "t"}] * 9}}, "FIELD_TOO_LONG", "filter.any_of"),
        ({"filter": {"anyOf": [{"anyOf": [{"tag": "t"}]}]}}, "FIELD_INVALID", "filter.any_of[0].any_of"),
        ({"filter": {"area": {}}}, "FIELD_INVALID", "filter.area"),
        ({"filter": {"area": {"polygon": CROSSED}}}, "FIELD_INVALID", "filter.area.polygon"),
        ({"filter": {"area": {"polygon": {"type": "Circle"}}}}, "FIELD_NOT_ONE_OF", "filter.area.polygon"),
        (
            {"filter": {"area": {"box": {"west": 2, "south": 0, "east": 1, "north": 1}}}},
            "FIELD_INVALID",
            "filter.area.box",
        ),
        (
            {"filter": {"area": {"box": {"west": -181, "south": 0, "east": 1, "north": 1}}}},
            "FIELD_TOO_SMALL",
            "filter.area.box.west",
        ),
        ({"filter": {"during": {}}}, "FIELD_INVALID", "filter.during"),
        ({"filter": {"search": "a"}, "search": "b"}, "ARGUMENTS_EXCLUSIVE", None),
        (
            {"by": ["kind", "type", "owner", "share_type", "data_level", "open_type", "district"]},
            "FIELD_TOO_LONG",
            "facets",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(city, refusal, asked, reason, path):
    refused = await refusal(city.ask("admin", LIST, **{"by": [], **asked}))
    assert (refused.code, refused.reason) == ("INVALID", reason)
    assert refused.fields.get("path") == path


async def test_facets_count_what_is_listed_by_each_dimension(city, make_import):
    await filled(city, make_import)
    by = ["data_level", "owner", "availability"]
    _, _, found = await page(city, by=by, filter={"tag": "t"})
    assert [facet["dimension"] for facet in found["facets"]] == by
    told = [{item["value"]: item["count"] for item in facet["values"]} for facet in found["facets"]]
    assert told == [{"l1": 5, "l3": 5}, {"qingdao-water": 10}, {"online": 10}]


async def test_places_times_and_branches_are_found(city, make_import):
    await filled(city, make_import)
    west = {"box": {"west": 119.5, "south": 36, "east": 120.15, "north": 37}}
    for filter, wanted in (
        ({"area": west}, ["R-0", "R-1", "S-0"]),
        ({"area": {"polygon": SQUARE}, "tags": ["t", "u"]}, ["R-0", "R-1", "R-2"]),
        ({"during": {"start": "2025-12-31"}}, ["S-0"]),
        ({"anyOf": [{"code": "R-4"}, {"tags": ["u"], "dataLevel": "l3"}]}, ["R-1", "R-4"]),
        ({"anyOf": [{"search": "R-4"}, {"during": {"end": "2025-01-01"}}]}, ["R-4", "S-0"]),
        ({"updatedBefore": "2000-01-01T00:00:00Z"}, []),
    ):
        codes, _, found = await page(city, filter=filter)
        assert (codes, found["totalCount"]) == (wanted, len(wanted)), filter
    *_, found = await page(city, last=1)
    assert found["nodes"][0]["footprint"] == SQUARE
    assert found["nodes"][0]["temporal"] == {"start": "2025-01-01", "end": "2025-12-31"}


async def test_a_footprint_that_crosses_itself_is_refused_where_it_does(city, make_import, refusal):
    refused = await refusal(city.create(code="X-1", footprint=CROSSED))
    assert refused.fields["path"] == "content.footprint"
    assert "1.0, 1.0" in refused.message


async def test_searches_and_areas_of_branches_are_paid_for(city, refusal):
    # Each of them may look at all that is there: an operation has room for three.
    box = {"box": {"west": 0, "south": 0, "east": 1, "north": 1}}
    for branch in ({"search": "a"}, {"area": box}):
        await city.ask("admin", LIST, by=[], filter={"anyOf": [branch] * 2})
        refused = await refusal(city.ask("admin", LIST, by=[], filter={"anyOf": [branch] * 4}))
        assert refused.reason == "DOCUMENT_TOO_COSTLY"
    literal = "{ resources(filter: {anyOf: [%s]}) { totalCount } }"
    inner = 'search: "a"', "area: {box: {west: 0, south: 0, east: 1, north: 1}}"
    for stated in inner:
        refused = await refusal(city.ask("admin", literal % ", ".join([f"{{{stated}}}"] * 4)))
        assert refused.reason == "DOCUMENT_TOO_COSTLY"
