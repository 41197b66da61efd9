"""Codes and catalogues of GB/T 28181: what they say, and what is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_video_ai.catalogue import (
    ITEMS_MOST,
    CatalogueFormat,
    CatalogueItem,
    read_catalogue,
    write_catalogue,
)
from ucs_capability_video_ai.gb28181 import GbKind, read_camera_code, read_code
from ucs_sdk import Invalid

CAMERA = "37021301001310000177"


def test_a_code_says_where_it_was_given_and_what_it_is_of():
    code = read_code("37020200081326000001")
    assert (code.centre, code.region, code.industry, code.kind) == ("37020200", "370202", "08", GbKind.IPC)
    assert (code.network, code.serial, code.is_camera) == ("6", "6000001", True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3702130100131000017",
        "370213010013100001777",
        "3702130100131000017a",
        "３７０２１３０１００１３１００００１７７",
        " 7021301001310000177",
        "00021301001310000177",
        "99021301001310000177",
        "37001301001310000177",
        "37021301000310000177",
    ],
)
def test_what_is_no_code_is_refused_with_the_reason(text):
    with pytest.raises(Invalid, match="GB_CODE_MALFORMED"):
        read_code(text)


@pytest.mark.parametrize("kind", ["111", "118", "134", "200", "215", "999"])
def test_the_code_of_something_else_is_no_cameras(kind):
    code = f"3702130100{kind}0000177"
    assert read_code(code).text == code
    with pytest.raises(Invalid, match=r"no camera's|of a "):
        read_camera_code(code)


@given(st.text(max_size=24))
def test_no_text_does_anything_but_be_a_code_or_be_refused(text):
    try:
        code = read_code(text)
    except Invalid:
        return
    assert code.text == text
    assert len(text) == 20
    assert text.isascii()
    assert text.isdigit()


def items(*stated):
    return read_catalogue(json.dumps({"DeviceList": list(stated)}), CatalogueFormat.JSON)


def test_an_item_that_is_wrong_does_not_hold_up_the_others():
    read, refused = items(
        {"DeviceID": CAMERA, "Name": "甲", "Longitude": "120.4", "Latitude": 36.2, "Status": "ON"},
        {"DeviceID": "1"},
        {"DeviceID": CAMERA, "Longitude": "east"},
    )
    assert [(each.name, each.longitude, each.online) for each in read] == [("甲", 120.4, True)]
    assert [(each.index, bool(each.zh and each.en)) for each in refused] == [(1, True), (2, True)]


def test_nowhere_is_no_place():
    read, _ = items({"DeviceID": CAMERA, "Longitude": 0, "Latitude": 0}, {"DeviceID": CAMERA, "Longitude": 120.4})
    assert [(each.longitude, each.latitude) for each in read] == [(None, None), (None, None)]


@pytest.mark.parametrize("form", list(CatalogueFormat))
@given(name=st.text(min_size=1, max_size=30), online=st.sampled_from([True, False, None]))
def test_what_is_written_is_read_again(form, name, online):
    kept = "".join(
        each for each in name if each >= " " and each not in "\ufffe\uffff" and not "\ud800" <= each <= "\udfff"
    )
    item = CatalogueItem(code=read_code(CAMERA), name=kept.strip() or CAMERA, region="370213", online=online)
    read, refused = read_catalogue(write_catalogue([item], form, CAMERA), form)
    assert (read, refused) == ([item], [])


ENTITIES = (
    '<!DOCTYPE a [<!ENTITY b "bbbb">]><Response><DeviceList><Item><Name>&b;</Name></Item></DeviceList></Response>'
)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("[", CatalogueFormat.JSON),
        ("{}", CatalogueFormat.JSON),
        ("[1]", CatalogueFormat.JSON),
        ("[" * 5000, CatalogueFormat.JSON),
        (json.dumps([{}] * (ITEMS_MOST + 1)), CatalogueFormat.JSON),
        ("<Response>", CatalogueFormat.XML),
        ("<Response/>", CatalogueFormat.XML),
        (ENTITIES, CatalogueFormat.XML),
    ],
)
def test_what_is_no_catalogue_is_refused(text, form):
    with pytest.raises(Invalid, match="CATALOGUE_UNREADABLE"):
        read_catalogue(text, form)


def test_a_catalogue_that_says_gb2312_is_read_as_the_text_that_it_is():
    text = (
        '<?xml version="1.0" encoding="GB2312"?>\r\n<Response><CmdType>Catalog</CmdType><DeviceList Num="1">'
        f"<Item><DeviceID>{CAMERA}</DeviceID><Name>瑞金路</Name></Item></DeviceList></Response>"
    )
    assert [each.name for each in read_catalogue(text, CatalogueFormat.XML)[0]] == ["瑞金路"]
