"""What `ucs search` can be asked beside words: places, times, branches, facets, and pages from the end."""

import json

import pytest

from ucs_sdk.commands import Exit

SQUARE = {"type": "Polygon", "coordinates": [[[120, 36], [121, 36], [121, 37], [120, 37], [120, 36]]]}


@pytest.fixture
def entered(here, ucs, write, stated):
    """Two resources with a tag of their own, the first with a place and a time."""
    first, second = stated(tags=["one"]), stated()
    # Others in the same city have entered such resources, too.
    for each in (first, second):
        each["content"]["tags"] = [*each["content"].get("tags", []), first["code"]]
    first["content"] |= {"footprint": SQUARE, "temporal": {"start": "2025-01-01", "end": "2025-06-30"}}
    second["code"] += "-B"
    assert ucs("apply", "-f", write(first, second)).code == Exit.OK
    return first["code"], second["code"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--tag", "one"), [0]),
        (("--box", "120.5,36.5,120.6,36.6"), [0]),
        (("--from", "2025-06-30"), [0]),
        (("--until", "2024-12-31"), []),
        (("--any", "tag=one,kind=data", "--any", "tag=nothing"), [0]),
        (("--level", "l4"), []),
        (("--changed-after", "2020-01-01"), [0, 1]),
        (("--changed-before", "2020-01-01"), []),
    ],
)
def test_each_option_restricts(entered, ucs, options, found):
    answer = ucs("search", "--tag", entered[0], *options, "--order", "code", "--json").json
    assert [item["code"] for item in answer["items"]] == [entered[at] for at in found]
    assert answer["total"] == len(found)


def test_a_polygon_is_read_from_a_file_of_geojson(entered, ucs, tmp_path):
    feature = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": SQUARE}]}
    for name, written in (("plain", SQUARE), ("features", feature)):
        path = tmp_path / f"{name}.geojson"
        path.write_text(json.dumps(written))
        answer = ucs("search", "--tag", entered[0], "--polygon", str(path), "--json").json
        assert [item["code"] for item in answer["items"]] == [entered[0]]
    missing = ucs("search", "--polygon", str(tmp_path / "none.geojson"))
    assert (missing.code, "cannot be read as GeoJSON" in missing.err) == (Exit.USAGE, True)


def test_place_and_time_are_on_the_card(entered, ucs):
    card = ucs("get", entered[0]).out
    assert "Polygon of 4 vertices" in card
    assert "2025-01-01 to 2025-06-30" in card


def test_six_dimensions_can_be_counted_by_and_the_kinds_are_told_where_there_is_room(entered, ucs):
    six = ("type", "owner", "share_type", "data_level", "open_type", "district")
    for asked, told in ((six, six), (six[:5], ("kind", *six[:5]))):
        options = [word for dimension in asked for word in ("--facet", dimension)]
        assert tuple(ucs("search", "--tag", entered[0], *options, "--json").json["facets"]) == told


def test_facets_and_the_end_of_a_list_are_shown(entered, ucs, monkeypatch):
    answer = ucs(
        "search", "--tag", entered[0], "--facet", "availability", "--last", "1", "--order", "code", "--json"
    ).json
    assert answer["facets"]["availability"] == {"offline": 2}
    assert [item["code"] for item in answer["items"]] == [entered[1]]
    back = ucs("search", "--tag", entered[0], "--order", "code", "--before", answer["previous"], "--json").json
    assert [item["code"] for item in back["items"]] == [entered[0]]
    assert back["previous"] is None
    monkeypatch.setenv("UCS_LOCALE", "zh")
    shown = ucs("search", "--tag", entered[0], "--facet", "availability").out
    assert "状态" in shown
    assert "未上架" in shown or "已下架" in shown


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--box", "1,2,3"), "four numbers"),
        (("--any", "kind"), "pairs such as"),
        (("--any", "kindd=data"), "Did you mean kind?"),
        (("--box", "1,2,3,4", "--polygon", "x"), "either --box or --polygon"),
        (("--all", "--last", "3"), "from the beginning"),
    ],
)
def test_a_slip_is_told_as_one(here, ucs, options, told):
    refused = ucs("search", *options)
    assert refused.code == Exit.USAGE
    assert told in refused.err


def test_a_facet_that_is_none_is_refused_with_a_guess(here, ucs):
    refused = ucs("search", "--facet", "owners")
    assert refused.code != Exit.OK
    assert "owner" in refused.err


@pytest.mark.parametrize(
    ("options", "english", "chinese"),
    [
        (("--from", "2025-13-01"), "--from is '2025-13-01', and takes a day", "--from 为 2025-13-01，应为日期"),
        (("--changed-after", "2025-2-30"), "--changed-after is '2025-2-30'", "--changed-after 为 2025-2-30"),
        (("--any", "kind=dta"), "Did you mean data?", "kind 为 dta，只能取"),
        (("--facet", "stat"), "--facet is 'stat'", "--facet 为 stat"),
    ],
)
def test_a_word_that_cannot_be_meant_is_told_before_anything_is_asked(ucs, options, english, chinese, monkeypatch):
    for locale, told in (("en", english), ("zh", chinese)):
        monkeypatch.setenv("UCS_LOCALE", locale)
        refused = ucs("search", *options)
        assert (refused.code, told in refused.err) == (Exit.USAGE, True)


def test_little_room_keeps_codes_whole(entered, ucs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    narrow = ucs("search", "--tag", entered[0], "--order", "code").out
    assert all(code in narrow for code in entered)
    assert "SHARING" not in narrow
    assert max(map(len, narrow.splitlines())) <= 80
    monkeypatch.setenv("COLUMNS", "120")
    assert "SHARING" in ucs("search", "--tag", entered[0]).out
