"""What a decision costs, beside a function call with one dictionary look-up, at few and at many policies.

Run by `make bench`. The target: a stored cell's verdict within five such calls, and no more than twice that at 10,000
policies as at 100. `decide` also takes the attributes out of a model, which is most of its time.
"""

from datetime import UTC, datetime

import pytest

from ucs_core.access import Action, PolicyRow, RoleAssignment, compile_snapshot, ready_rules
from ucs_registry.organizations import Bilingual, Organization
from ucs_registry.principals import Principal
from ucs_registry.resources import AccessAttributes
from ucs_registry.visibility import Cell
from ucs_sdk import (
    Availability,
    DataLevel,
    OpenType,
    OrganizationKind,
    OrganizationLevel,
    PrincipalKind,
    ResourceKind,
    ShareType,
)

LINES = [100, 10_000]
AT = datetime(2026, 11, 20, tzinfo=UTC)


def _organization(number):
    return Organization(
        id=f"o{number}",
        parent=f"o{(number - 1) // 8}" if number else None,
        title=Bilingual(zh="机构", en="Organisation"),
        level=OrganizationLevel.CITY,
        kind=OrganizationKind.DEPARTMENT,
        number=number,
        path="/",
    )


def _attributes(number):
    return AccessAttributes(
        owner=f"o{number % 2000}",
        kind=tuple(ResourceKind)[number % 4],
        type=f"type_{number % 7}",
        share_type=tuple(ShareType)[number % 3],
        data_level=tuple(DataLevel)[number % 4],
        open_type=OpenType.NONE,
        state=tuple(Availability)[number % 4],
    )


def _state(lines):
    rules = [
        PolicyRow(
            id=f"row-{number}",
            role=f"role_{number % 20}",
            relation=("own", "subtree", "any")[number % 3],
            type=f"type_{number}",
            action="read",
            effect="deny" if number % 10 == 0 else "allow",
        ).to_rule()
        for number in range(lines)
    ]
    held = [
        RoleAssignment(id=f"role-{number}", principal="ada", role=f"role_{number}", anchor=f"o{number}").to_rule()
        for number in range(10)
    ]
    return {
        "organizations": [_organization(number) for number in range(2000)],
        "principals": [Principal(id="ada", kind=PrincipalKind.PERSON, title="Ada", organization="o7")],
        "rules": [*ready_rules(), *rules, *held],
    }


@pytest.fixture(scope="module", params=LINES, ids=lambda lines: f"{lines} policies")
def city(request):
    cells = [Cell(number=number, attributes=_attributes(number)) for number in range(20_000)]
    return compile_snapshot(version=1, cells=cells, **_state(request.param))


@pytest.mark.benchmark(group="access")
def test_one_call_with_one_look_up(benchmark):
    table = {"o7": 1}

    def look_up(key):
        return table[key]

    assert benchmark(look_up, "o7") == 1


@pytest.mark.benchmark(group="access")
def test_verdict_on_a_stored_cell(benchmark, city):
    assert benchmark(city.verdict, city.profile("ada"), Action.READ, 7) in (0, 1, 2)


@pytest.mark.benchmark(group="access")
def test_decide_on_attributes(benchmark, city):
    assert benchmark(city.decide, city.profile("ada"), Action.READ, _attributes(7)) is not None


@pytest.mark.benchmark(group="access")
def test_decide_on_a_combination_that_nothing_stored_has(benchmark, city):
    new = _attributes(7).model_copy(update={"type": "type_new"})
    assert benchmark(city.decide, city.profile("ada"), Action.READ, new) is not None


@pytest.mark.benchmark(group="access-mask")
def test_first_mask_over_20_000_cells(benchmark, city):
    profile = city.profile("ada")

    def first():
        city.edition.masks.clear()
        return city.visibility(profile, Action.READ, AT)

    assert len(benchmark(first).mask) == city.cells


@pytest.mark.benchmark(group="access-mask")
def test_mask_that_was_made_before(benchmark, city):
    assert len(benchmark(city.visibility, city.profile("ada"), Action.READ, AT).mask) == city.cells


@pytest.mark.benchmark(group="access-compile")
@pytest.mark.parametrize("lines", LINES)
def test_compile(benchmark, lines):
    state = _state(lines)
    assert benchmark(lambda: compile_snapshot(version=1, **state)).version == 1
