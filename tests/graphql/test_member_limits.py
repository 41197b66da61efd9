"""What a document about members may cost: pages of many resources fit, and filters over whole sets are few."""

from __future__ import annotations

import pytest

from ucs_core.graphql import Limits
from ucs_core.graphql.documents import Documents
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_sdk.errors import Invalid

DOCUMENTS = Documents(core_schema(build_schema()), Limits())
PAGE = 'members(resource: "resources/x", first: 100%s) { totalCount nodes { code title { zh } status } }'


def lists(count: int, filter: str = "") -> str:
    return f"{{ {' '.join(f'm{at}: {PAGE % filter}' for at in range(count))} }}"


@pytest.mark.parametrize(
    "document",
    [
        "{ resources(first: 50) { nodes { code memberCount members(first: 2) { totalCount nodes { code } } } } }",
        lists(10),
        lists(5, ', filter: {text: "x"}'),
    ],
)
def test_lists_of_members_fit(document: str) -> None:
    DOCUMENTS.operation(document, None).check_cost({})


@pytest.mark.parametrize(
    "document",
    [
        "{ resources(first: 200) { nodes { members(first: 200) { nodes { code } } } } }",
        lists(10, ', filter: {text: "x"}'),
        '{ resources(first: 10) { nodes { members(first: 1, filter: {text: "x"}) { nodes { code } } } } }',
        f"query($filter: MemberFilter) {lists(10, ', filter: $filter')}",
    ],
)
def test_what_would_look_through_many_sets_is_refused(document: str) -> None:
    with pytest.raises(Invalid) as refused:
        DOCUMENTS.operation(document, None).check_cost({})
    assert (refused.value.reason, refused.value.fields["measure"]) == ("DOCUMENT_TOO_COSTLY", "cost")
