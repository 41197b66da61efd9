"""The questions that a shape may ask, each as the rows of its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ucs_registry.sql.pieces import fixed
from ucs_registry.sql.predicates import below
from ucs_registry.sql.shaping.build import DISCOVER, Build
from ucs_registry.sql.shaping.members import Members, members_of
from ucs_registry.sql.shaping.organizations import Organizations, among
from ucs_registry.sql.shaping.pages import Page
from ucs_registry.sql.shaping.resources import Resources
from ucs_registry.sql.shaping.scenarios import Scenarios
from ucs_registry.sql.shaping.things import Related
from ucs_registry.sql.shaping.walks import walked


def _resource_by(column: str) -> Callable[[Build, int], Related]:
    def related(build: Build, place: int) -> Related:
        resources = Resources(build)
        asked = resources.c[column] == build.asked(place)
        return Related(thing=resources, conditions=[asked, build.may(DISCOVER, resources.rows)])

    return related


def _scenario(build: Build, place: int) -> Related:
    scenarios = Scenarios(build)
    conditions = [
        scenarios.c.id == build.asked(place),
        scenarios.c.type == fixed("scenario"),
        build.may(DISCOVER, scenarios.rows),
    ]
    return Related(thing=scenarios, conditions=conditions)


def _organization(build: Build, place: int) -> Related:
    organizations = Organizations(build)
    return Related(thing=organizations, conditions=[organizations.c.id == build.asked(place)])


def _children(build: Build, place: int) -> Related:
    above = Organizations(build)
    children = among(build, lambda each: each.c.parent == above.c.id, above)
    return Related(thing=children, conditions=[above.c.id == build.asked(place)])


def _subtree(build: Build, place: int) -> Related:
    top = Organizations(build)
    beneath = among(build, lambda each: below(each.c.path, top.c.path), top)
    return Related(thing=beneath, conditions=[top.c.id == build.asked(place)])


def _members(build: Build, place: int) -> Related:
    resource = Resources(build)
    conditions = [resource.c.id == build.asked(place), build.may(DISCOVER, resource.rows), resource.readable]
    return Related(thing=members_of(resource), conditions=conditions)


def _member(build: Build, place: int) -> Related:
    member, resource = Members(build), Resources(build)
    member.join(resource.rows, resource.c.id == member.c.resource)
    conditions = [
        member.c.resource == build.asked(place),
        member.c.code == build.asked(place, name="_code"),
        build.may(DISCOVER, resource.rows),
        resource.readable,
    ]
    return Related(thing=member, conditions=conditions)


QUESTIONS: Mapping[str, Callable[[Build, int], Related]] = {
    "resource": _resource_by("id"),
    "resource_by_code": _resource_by("code"),
    "scenario": _scenario,
    "organization": _organization,
    "roots": lambda build, _: Related(thing=among(build, lambda each: each.c.parent.is_(None))),
    "children": _children,
    "subtree": _subtree,
    "member": _member,
    "members": _members,
    "impact": walked,
    "page": lambda build, place: Related(thing=Page(build, build.pages[place])),
}
"""What makes the rows of each question's answer, given the place of what is asked for."""
