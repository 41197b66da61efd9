"""The city in which plugins are tested: a few of the demo city's organisations, and its personas with a duty officer."""

from __future__ import annotations

from collections.abc import Iterator

from ucs_core.access import RoleAssignment
from ucs_core.demo.organizations import CITY, PROVINCE
from ucs_core.demo.personas import ADMINISTRATOR, CONSUMER, DEPARTMENT, assignments, principals
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

OWNER = DEPARTMENT
"""Whose the operations of the plugin are."""

DISTRICT, HUB = "370202", "hub-370202"
DUTY_OFFICER = "duty_officer"
"""Looks after the district's hub: sees what its organisation and those below it have."""


def tree() -> list[NewOrganization]:
    """Organisations, parents first: a province, a city, a district with its hub, and two departments of the city."""
    division, unit = OrganizationKind.DIVISION, OrganizationKind.DEPARTMENT
    province, city, district = OrganizationLevel.PROVINCE, OrganizationLevel.CITY, OrganizationLevel.DISTRICT
    return [
        _organization(PROVINCE, None, "山东省", "Shandong", province, division),
        _organization(CITY, PROVINCE, "青岛市", "Qingdao", city, division),
        _organization(DISTRICT, CITY, "市南区", "Shinan District", district, division),
        _organization(HUB, DISTRICT, "市南区城市云脑中枢", "Shinan District Hub", district, OrganizationKind.HUB),
        _organization(DEPARTMENT, CITY, "青岛市水务管理局", "Qingdao Water Bureau", city, unit),
        _organization(CONSUMER, CITY, "青岛市城市管理局", "Qingdao Urban Management Bureau", city, unit),
    ]


def people() -> list[Principal]:
    """The personas of the demo whose organisations are here, the administrator first, and a duty officer."""
    here = {None, *(each.id for each in tree())}
    known = {person.id: person for person in principals() if person.organization in here}
    administrator = known.pop(ADMINISTRATOR).model_copy(update={"organization": PROVINCE})
    officer = Principal(id=DUTY_OFFICER, kind=PrincipalKind.PERSON, title="值班人员 Duty officer", organization=HUB)
    return [administrator, *known.values(), officer]


def roles() -> Iterator[RoleAssignment]:
    """Who has which role, and where. The administrator got theirs when the platform was founded."""
    known = {person.id for person in people()} - {ADMINISTRATOR}
    held = [(each.principal, each.role, each.anchor) for each in assignments() if each.principal in known]
    for principal, role, anchor in [*held, (DUTY_OFFICER, "operator", DISTRICT)]:
        id = f"test.{principal}.{role}".replace("_", "-")
        yield RoleAssignment(id=id, principal=principal, role=role, anchor=anchor)


def _organization(
    id: str, parent: str | None, zh: str, en: str, level: OrganizationLevel, kind: OrganizationKind
) -> NewOrganization:
    return NewOrganization(id=id, parent=parent, title=Bilingual(zh=zh, en=en), level=level, kind=kind)
