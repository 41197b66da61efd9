"""The organisations: the divisions are complete, every real one has its source, the tree holds together."""

from collections import Counter

import pytest

from ucs_core.demo.organizations import hub_of, organizations, town_class
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel


def faults(listed):
    """What is wrong with a list of organisations."""
    seen = {}
    for organization in listed:
        if organization.id in seen:
            yield f"{organization.id} twice"
        if organization.parent is not None and organization.parent not in seen:
            yield f"{organization.id} before its parent"
        if not organization.synthetic and not organization.source:
            yield f"{organization.id} real without a source"
        if organization.region_code not in seen and organization.region_code != organization.id:
            yield f"{organization.id} in an unknown region"
        seen[organization.id] = organization


def test_the_tree_holds_together(tree):
    assert list(faults(organizations())) == []
    assert len(organizations()) == len(tree)


@pytest.mark.parametrize(
    ("breaks", "fault"),
    [
        (lambda listed: [*listed, listed[5]], "twice"),
        (lambda listed: listed[::-1], "before its parent"),
        (lambda listed: [listed[0].model_copy(update={"source": None}), *listed[1:]], "without a source"),
        (lambda listed: [*listed[:-1], listed[-1].model_copy(update={"region_code": "999999"})], "unknown region"),
    ],
)
def test_a_broken_tree_is_noticed(breaks, fault):
    assert any(fault in line for line in faults(breaks(organizations())))


def test_divisions_are_complete():
    divisions = [entry for entry in organizations() if entry.kind is OrganizationKind.DIVISION]
    assert Counter(entry.level for entry in divisions) == {
        OrganizationLevel.PROVINCE: 1,
        OrganizationLevel.CITY: 1,
        OrganizationLevel.DISTRICT: 10,
        OrganizationLevel.TOWN: 141,
        OrganizationLevel.COMMUNITY: 2_120,
    }


def test_town_codes_tell_98_subdistricts_36_towns_and_7_zones():
    towns = [
        entry for entry in organizations() if entry.level is OrganizationLevel.TOWN and entry.id == entry.region_code
    ]
    assert Counter(town_class(entry.id) for entry in towns) == {"subdistrict": 98, "town": 36, "zone": 7}


def test_english_names_of_towns_agree_with_their_codes(tree):
    words = {"subdistrict": "Subdistrict", "town": "Town"}
    for code, entry in tree.items():
        if entry.level is OrganizationLevel.TOWN and (word := words.get(town_class(code))):
            assert entry.title.en.endswith(word), code


def test_a_community_below_200_is_no_village(tree):
    assert tree["370202013014"].title.en == "Neighbourhood community 370202013014"
    villages = [entry for entry in tree.values() if entry.title.en.startswith("Village community ")]
    assert {200 <= int(entry.id[-3:]) <= 399 for entry in villages} == {True}


def test_places_named_in_the_sources_are_there(tree):
    assert tree["370202013"].title.zh == "金门路街道"
    assert tree["370202014"].title.zh == "珠海路街道"
    assert "天山" in tree["370202013014"].title.zh
    assert tree[hub_of("370202")].title.zh == "市南区城市云脑中枢"


def test_every_district_has_its_hub(tree):
    hubs = [entry for entry in tree.values() if entry.kind is OrganizationKind.HUB]
    assert len(hubs) == 10
    assert all(tree[entry.parent].level is OrganizationLevel.DISTRICT for entry in hubs)


def test_a_department_without_a_source_is_synthetic(tree):
    assert [entry.id for entry in tree.values() if entry.synthetic] == ["qingdao-medical-insurance"]
