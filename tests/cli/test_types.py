"""Types and vocabularies by the command line, against a real platform."""

from itertools import count

import pytest
import yaml

from ucs_sdk.commands import Exit

ADMIN = ("--as", "platform-admin")
_numbers = count(1)


@pytest.fixture
def gauge(here) -> dict:
    """A type that no other test knows, as a file states it."""
    properties = {"level": {"type": "number", "title": "Level", "x-ucs-title-zh": "水位"}, "serial": {"type": "string"}}
    return {
        "id": f"gauge_{next(_numbers)}",
        "kind": "data",
        "title": {"zh": "水位站", "en": "Gauge"},
        "schema": {"type": "object", "properties": properties, "required": ["level"]},
        "members": {"code": "gb28181", "schema": {"type": "object"}},
    }


@pytest.fixture
def put(ucs, write):
    """Puts a type or a vocabulary that a file states."""

    def run(what: str, stated: dict, *words: str):
        return ucs(what, "put", write(stated, name="stated.yaml"), *words, *ADMIN)

    return run


def test_a_type_is_entered_shown_and_listed(gauge, put, ucs, monkeypatch):
    entered = put("type", gauge)
    assert (entered.code, entered.out) == (Exit.OK, f"{gauge['id']} is now version 1.\n")
    shown = ucs("type", "show", gauge["id"])
    assert f"{gauge['id']}  Gauge  v1  Data  (principals/platform-admin" in shown.out
    assert "level*  Level  number" in shown.out
    assert "Members: Channel codes of GB/T 28181" in shown.out
    assert gauge["id"] in ucs("type", "list", "--kind", "data").out
    assert gauge["id"] not in ucs("type", "list", "--kind", "component").out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "水位" in ucs("type", "show", f"types/{gauge['id']}").out


def test_what_is_shown_as_a_file_says_nothing_new(gauge, put, ucs, write):
    put("type", gauge)
    shown = ucs("type", "show", gauge["id"], "--yaml")
    assert yaml.safe_load(shown.out) == gauge
    again = ucs("type", "put", write(shown.out, name="again.yaml"), *ADMIN)
    assert (again.code, again.out) == (Exit.OK, "Already as stated, nothing to do.\n")
    built_in = ucs("type", "show", "dataset", "--yaml").out
    assert ucs("type", "check", write(built_in, name="dataset.yaml"), *ADMIN).code == Exit.OK


def test_a_check_tells_what_would_break_and_changes_nothing(gauge, put, ucs, write):
    put("type", gauge)
    gauge["schema"]["required"].append("serial")
    checked = ucs("type", "check", write(gauge), *ADMIN)
    assert checked.code == Exit.REFUSED
    assert "spec.serial: it is required now (A field is now required)" in checked.out
    refused = put("type", gauge)
    assert refused.code == Exit.CONFLICT
    assert "--breaking" in refused.err
    dry = put("type", gauge, "--breaking", "--dry-run")
    assert "would be version 2; nothing was changed" in dry.out
    assert ucs("type", "show", gauge["id"], "--json").json["version"] == 1
    assert put("type", gauge, "--breaking", "--json").json["breaks"][0]["path"] == "spec.serial"
    assert ucs("type", "show", gauge["id"], "--version", "1", "--json").json["version"] == 1


def test_check_of_a_type_that_nobody_knows_says_that_it_is_new(gauge, ucs, write):
    checked = ucs("type", "check", write(gauge, name="new.yaml"), *ADMIN)
    assert (checked.code, checked.out) == (Exit.OK, "A new type: it would be version 1.\n")


def test_words_within_a_list_are_shown(gauge, put, ucs):
    gauge["schema"]["properties"]["kinds"] = {"type": "array", "items": {"enum": ["rain", "wind"]}}
    assert put("type", gauge).code == Exit.OK
    assert "array  of rain | wind" in ucs("type", "show", gauge["id"]).out


def test_resources_that_do_not_satisfy_a_version_are_named_by_code(drafted, put, ucs):
    stated = yaml.safe_load(ucs("type", "show", "dataset", "--yaml").out)
    stated["schema"]["required"].append("row_count")
    checked = put("type", stated, "--breaking", "--dry-run")
    assert checked.code == Exit.OK
    assert "do not satisfy it" in checked.out


def test_a_vocabulary_is_entered_shown_and_closes_its_tags(here, put, ucs, write, stated):
    id = f"season_{next(_numbers)}"
    terms = [
        {"id": "cold", "title": {"zh": "冷", "en": "Cold"}},
        {"id": "winter", "title": {"zh": "冬", "en": "Winter"}, "broader": "cold"},
    ]
    words = {"id": id, "title": {"zh": "季节", "en": "Season"}, "closed": True, "terms": terms}
    entered = put("vocabulary", words)
    assert (entered.code, entered.out) == (Exit.OK, f"  + cold\n  + winter\n{id} is now version 1.\n")
    assert "nothing to do" in put("vocabulary", words).out
    shown = ucs("vocabulary", "show", id)
    assert f"{id}:winter" in shown.out
    assert yaml.safe_load(ucs("vocabulary", "show", id, "--yaml").out) == words
    assert id in ucs("vocabulary", "list", "--first", "50").out
    refused = ucs("apply", "-f", write(stated(tags=[f"{id}:wintr"])))
    assert refused.code == Exit.REFUSED
    assert f"Did you mean {id}:winter?" in refused.err
    fewer = put("vocabulary", words | {"terms": terms[:1]}, "--json").json
    assert fewer["vocabulary"]["version"] == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"titel": {}}, "titel is not a field here"),
        ({"schema": None}, "schema"),
        ({"kind": "dta"}, "data"),
        ({"schema": {"type": "array"}}, "schema.type cannot be part of a type's schema"),
        ({"id": "Gauge"}, "id is 'Gauge'"),
    ],
)
def test_a_mistake_in_a_file_is_told(gauge, put, change, told):
    refused = put("type", gauge | change)
    assert refused.code == Exit.REFUSED
    assert told in refused.err


def test_what_is_no_type_is_told_with_a_guess(here, ucs, write):
    missing = ucs("type", "show", "datset")
    assert missing.code == Exit.NOT_FOUND
    assert "Did you mean types/dataset?" in missing.err
    for text in ("[]", "id: a\n---\nid: b\n", "id: a\n"):
        assert ucs("type", "put", write(text), *ADMIN).code == Exit.REFUSED
    denied = ucs("type", "put", write(ucs("type", "show", "network", "--yaml").out), "--as", "publisher")
    assert denied.code == Exit.DENIED
