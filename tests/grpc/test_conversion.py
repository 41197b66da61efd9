"""Between messages and plain JSON: nothing is lost, renamed or made up, and the wire keeps up with the models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs.errors.v1 import error_detail_pb2  # noqa: F401  # Registers the file whose enumerations are looked at.
from ucs.registry.v1 import finding_pb2, organization_pb2, resource_pb2, vocabulary_pb2
from ucs_core.grpc.conversion import EXACT_MOST, filled, plain
from ucs_core.grpc.organizations import new_message, new_organization
from ucs_core.grpc.resources import imported_message, imported_resource
from ucs_core.grpc.terms import numbers
from ucs_registry.catalog import ImportedResource
from ucs_registry.extents import Box, Temporal
from ucs_registry.organizations import NewOrganization, Organization
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.resources import Dependency, NewResource, Point, ResourceContent
from ucs_sdk import DependencyRelation, Invalid, vocabulary

ENUMERATIONS = {
    vocabulary_pb2.ResourceKind: vocabulary.ResourceKind,
    vocabulary_pb2.ShareType: vocabulary.ShareType,
    vocabulary_pb2.OpenType: vocabulary.OpenType,
    vocabulary_pb2.DataLevel: vocabulary.DataLevel,
    vocabulary_pb2.UpdateCycle: vocabulary.UpdateCycle,
    vocabulary_pb2.ReviewState: vocabulary.ReviewState,
    vocabulary_pb2.Availability: vocabulary.Availability,
    vocabulary_pb2.DependencyRelation: DependencyRelation,
    organization_pb2.OrganizationLevel: vocabulary.OrganizationLevel,
    organization_pb2.OrganizationKind: vocabulary.OrganizationKind,
    finding_pb2.ResourceOrder: Order,
    finding_pb2.FacetDimension: Dimension,
}

MODELS = {
    resource_pb2.ResourceContent: (ResourceContent, {}),
    resource_pb2.NewResource: (NewResource, {}),
    resource_pb2.ImportedResource: (ImportedResource, {"id": "name"}),
    resource_pb2.Point: (Point, {}),
    resource_pb2.TemporalWindow: (Temporal, {}),
    finding_pb2.Box: (Box, {}),
    resource_pb2.Dependency: (Dependency, {}),
    organization_pb2.NewOrganization: (NewOrganization, {}),
    organization_pb2.Organization: (Organization, {"id": "name", "path": "ancestors", "number": None}),
}


@pytest.mark.parametrize("enum", ENUMERATIONS, ids=lambda enum: enum.DESCRIPTOR.name)
def test_the_wires_enumerations_are_the_platforms(enum):
    assert list(numbers(enum.DESCRIPTOR)) == [member.value for member in ENUMERATIONS[enum]]


@pytest.mark.parametrize("message", MODELS, ids=lambda message: message.DESCRIPTOR.name)
def test_the_wires_fields_are_the_models(message):
    model, renamed = MODELS[message]
    expected = {renamed.get(name, name) for name in model.model_fields} - {None}
    assert set(message.DESCRIPTOR.fields_by_name) == expected


def test_the_filter_has_every_field_of_the_query():
    # What sessions fill in is no field of anybody's.
    own = {"queue", "deprecated_to"}
    asked = set(ResourceQuery.__dataclass_fields__) - own
    assert set(finding_pb2.ResourceFilter.DESCRIPTOR.fields_by_name) == asked


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-EXACT_MOST, EXACT_MOST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1), json_values, max_size=4))
def test_a_spec_survives_the_wire(spec):
    message = filled(resource_pb2.ResourceContent(), {"spec": spec})
    arrived = resource_pb2.ResourceContent.FromString(message.SerializeToString())
    assert plain(arrived).get("spec", {}) == spec


@given(st.integers(-EXACT_MOST, EXACT_MOST))
def test_a_whole_number_arrives_as_one(number):
    message = filled(resource_pb2.ResourceContent(), {"spec": {"n": number, "half": 0.5}})
    spec = plain(message)["spec"]
    assert type(spec["n"]) is int
    assert type(spec["half"]) is float


FULL = {
    "title": {"zh": "题", "en": "t"},
    "summary": {"zh": "述", "en": "s"},
    "tags": ["a", "b"],
    "region_code": "370202",
    "location": {"longitude": 0.0, "latitude": 36.1},
    "classification": "c",
    "provider_code": "11370200MB2858000X",
    "format": "f",
    "share_type": "conditional",
    "share_condition": "on request",
    "denial_basis": "d",
    "share_mode": "m",
    "open_type": "none",
    "open_condition": "o",
    "data_level": "l4",
    "update_cycle": "half_yearly",
    "issued_on": "2026-01-31",
    "conforms_to": ["GB/T 21063"],
    "related_codes": ["X-1"],
    "dependencies": [
        {
            "target": "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ",
            "relation": "runs_on",
            "version": "1",
            "role": "水深",
            "required": False,
        }
    ],
    "source": "s",
    "synthetic": True,
    "contact": "c",
    "spec": {"items": [1, None, {"x": False}]},
    "footprint": {"type": "Polygon", "coordinates": [[[120, 36], [121.5, 36], [121, 37], [120, 36]]]},
    "temporal": {"start": "2025-01-01", "end": "2025-12-31"},
}


def test_a_full_content_survives_the_wire_as_json_and_as_a_model():
    assert set(FULL) == set(ResourceContent.model_fields)
    for source in (FULL, ResourceContent.model_validate(FULL)):
        message = filled(resource_pb2.ResourceContent(), source)
        assert plain(resource_pb2.ResourceContent.FromString(message.SerializeToString())) == FULL


def test_an_imported_resource_survives_the_wire():
    values = {
        "id": "01HZZZZZZZZZZZZZZZZZZZZZZZ",
        "code": "X-2",
        "kind": "data",
        "type": "dataset",
        "owner": "qingdao-water",
        "availability": "suspended",
        "content": FULL,
    }
    assert imported_resource(imported_message(values), "") == values
    values.pop("id")
    assert imported_resource(imported_message(values), "") == values


@pytest.mark.parametrize("parent", ["37", None])
def test_an_organisation_survives_the_wire(parent):
    values = {
        "id": "3702",
        "parent": parent,
        "title": {"zh": "市", "en": "City"},
        "level": "city",
        "kind": "division",
        "region_code": "370200",
        "source": "s",
        "synthetic": True,
    }
    assert new_organization(new_message(values)) == values


@pytest.mark.parametrize(
    ("values", "reason", "path"),
    [
        ({"titel": {}}, "FIELD_UNKNOWN", "titel"),
        ({"title": {"fr": "x"}}, "FIELD_UNKNOWN", "title.fr"),
        ({"share_type": "sometimes"}, "FIELD_NOT_ONE_OF", "share_type"),
        ({"dependencies": [{"relation": "likes"}]}, "FIELD_NOT_ONE_OF", "dependencies[0].relation"),
    ],
)
def test_what_the_wire_does_not_have_is_refused_before_it_is_sent(values, reason, path):
    with pytest.raises(Invalid) as caught:
        filled(resource_pb2.ResourceContent(), values)
    assert (caught.value.reason, caught.value.fields["path"]) == (reason, path)
