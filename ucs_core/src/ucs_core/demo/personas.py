"""The people and the application of the demo city, each with one part to play.

The publisher, the reviewer and the operator are three persons of one department, because nobody reviews their own work.
The reviewer also operates, so that a small department gets by with two.
"""

from __future__ import annotations

from typing import NamedTuple

from ucs_core.demo.organizations import CITY, PROVINCE
from ucs_registry.principals import Principal
from ucs_sdk.vocabulary import PrincipalKind

ADMINISTRATOR = "platform-admin"
"""The principal that founds the demo platform."""

DEPARTMENT = "qingdao-water"
"""The department that publishes in the demo."""

CONSUMER = "qingdao-urban-management"
"""The department whose application asks for what others publish."""

CASE_CENTRE = "qingdao-operation-centre"
"""The organisation that runs the case centre of the demo."""

DRAINAGE = "qingdao-drainage-company"
"""The unit that most roads under water are dispatched to; the others go to the department."""


class Assignment(NamedTuple):
    """A principal has a role at an organisation and in all that is below it."""

    principal: str
    role: str
    anchor: str


def principals() -> list[Principal]:
    """Everyone who appears in the demo."""
    return [
        _person(ADMINISTRATOR, "平台管理员（演示） Platform administrator (demo)", CITY),
        _person("publisher", "水务发布人（演示） Publisher of the water bureau (demo)", DEPARTMENT),
        _person("reviewer", "水务审核人（演示） Reviewer of the water bureau (demo)", DEPARTMENT),
        _person("operator", "水务运维人（演示） Operator of the water bureau (demo)", DEPARTMENT),
        _person("bureau-admin", "水务机构管理员（演示） Administrator of the water bureau (demo)", DEPARTMENT),
        Principal(
            id="app",
            kind=PrincipalKind.APPLICATION,
            title="城市管理应用（演示） Application of the urban management bureau (demo)",
            organization=CONSUMER,
        ),
        *_of_the_case_centre(),
        _person("outsider", "社会公众（无所属机构，演示） Member of the public, of no organisation (demo)", None),
    ]


def assignments() -> list[Assignment]:
    """Who has which role, and where. The outsider has none."""
    return [
        Assignment(ADMINISTRATOR, "platform_administrator", PROVINCE),
        Assignment("publisher", "editor", DEPARTMENT),
        Assignment("reviewer", "reviewer", DEPARTMENT),
        Assignment("reviewer", "operator", DEPARTMENT),
        Assignment("operator", "operator", DEPARTMENT),
        Assignment("bureau-admin", "organization_administrator", DEPARTMENT),
        Assignment("app", "application", CONSUMER),
        # Cases belong to the units that have them, anywhere in the city.
        *(Assignment(each, "editor", CITY) for each in ("receptionist", "dispatcher", "shift-leader", "supervisor")),
        Assignment("drainage-crew", "editor", DRAINAGE),
        Assignment("water-crew", "editor", DEPARTMENT),
        Assignment("sensor-gateway", "editor", DEPARTMENT),
    ]


def _of_the_case_centre() -> list[Principal]:
    """Those who see to cases: the centre's desk, the crews of two units, and what sensors report by."""
    gateway = Principal(
        id="sensor-gateway",
        kind=PrincipalKind.APPLICATION,
        title="水务液位网关（演示） Level sensors' gateway of the water bureau (demo)",
        organization=DEPARTMENT,
    )
    return [
        _person("receptionist", "受理员（演示） Receptionist of the case centre (demo)", CASE_CENTRE),
        _person("dispatcher", "派遣员（演示） Dispatcher of the case centre (demo)", CASE_CENTRE),
        _person("shift-leader", "值班长（演示） Shift leader of the case centre (demo)", CASE_CENTRE),
        _person("supervisor", "监督员（演示） Supervisor of the case centre (demo)", CASE_CENTRE),
        _person("drainage-crew", "排水公司处置人（演示） Crew of the drainage company (demo)", DRAINAGE),
        _person("water-crew", "水务局处置人（演示） Crew of the water bureau (demo)", DEPARTMENT),
        gateway,
    ]


def _person(id: str, title: str, organization: str | None) -> Principal:
    return Principal(id=id, kind=PrincipalKind.PERSON, title=title, organization=organization)
