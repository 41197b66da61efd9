"""Principals, role assignments and policy rows in a YAML file, as `ucs db put` takes them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_core.access import PolicyRow, RoleAssignment
from ucs_core.cli.documents import read_values
from ucs_core.platform.validation import parse
from ucs_registry.organizations import OrganizationId
from ucs_registry.principals import Principal, PrincipalId
from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid

SECTIONS = ("principals", "assignments", "policies")


class StatedAssignment(BaseModel):
    """A role assignment as a file states it; without an anchor it serves policies with relation `any` only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = None
    principal: PrincipalId
    role: str
    anchor: OrganizationId | None = None

    def to_row(self) -> RoleAssignment:
        """The assignment; its id, where none is stated, says what it is."""
        # Neither roles nor organisations have a dot in their names, and no organisation is called `-`: no two meet.
        id = self.id or f"assigned.{self.role}.{self.principal}.{self.anchor or '-'}"
        return RoleAssignment(id=id, principal=self.principal, role=self.role, anchor=self.anchor)


class StatedPolicy(BaseModel):
    """A policy as a file states it; what is left out matches everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = None
    role: str
    relation: str
    kind: str = "*"
    type: str = "*"
    share_type: str = "*"
    data_level: str = "*"
    open_type: str = "*"
    state: str = "*"
    grant: str = "none_needed"
    action: str
    effect: str = "allow"

    def to_row(self) -> PolicyRow:
        """The policy; its id, where none is stated, says what it is."""
        columns = self.model_dump(exclude={"id"})
        return PolicyRow(id=self.id or _policy_id(columns), **columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What a file states: principals as plain JSON, and rows that are sound by themselves."""

    principals: list[dict[str, Any]]
    assignments: list[RoleAssignment]
    policies: list[PolicyRow]


def read_entries(file: str) -> Entries:
    """What a file states, `-` being standard input. Raises Invalid for the first mistake."""
    stated = read_sections(file, SECTIONS)
    people = stated.get("principals", [])
    principals = [parse(Principal, item, f"principals[{at}]") for at, item in enumerate(people)]
    assignments, policies = stated_assignments(stated), stated_policies(stated)
    plain = [item.model_dump(mode="json") for item in principals]
    return Entries(principals=plain, assignments=assignments, policies=policies)


Sections = dict[str, list[Mapping[str, Any]]]
"""What a file states under each of its headings."""


def stated_policies(stated: Sections) -> list[PolicyRow]:
    """The policy rows that a file states. Raises Invalid for the first that is unsound."""
    items = stated.get("policies", [])
    return [parse(StatedPolicy, item, f"policies[{at}]").to_row() for at, item in enumerate(items)]


def stated_assignments(stated: Sections) -> list[RoleAssignment]:
    """The role assignments that a file states. Raises Invalid for the first that is unsound."""
    items = stated.get("assignments", [])
    return [parse(StatedAssignment, item, f"assignments[{at}]").to_row() for at, item in enumerate(items)]


def read_sections(file: str, allowed: Sequence[str]) -> Sections:
    """The lists of objects that a file's one document holds by heading; a heading that it leaves out is not there.

    Raises Invalid for any other document, and for a heading that is not allowed, with near misses.
    """
    value, *more = read_values(file)
    if more:
        problem = say("one document holds everything here", "此处只接受一个文档")
        raise Invalid("FILE_MALFORMED", file=file, number=2, problem=problem)
    stated = value if isinstance(value, dict) else {}
    path, problem = "", ""
    for name, items in stated.items():
        if name not in allowed:
            path, problem = str(name), say(f"{name} is not a field here", f"此处没有字段 {name}")
        elif not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            path, problem = name, say(f"{name} must be a list of objects", f"{name} 必须是对象列表")
    if not stated or problem:
        expected = ", ".join(allowed)
        problem = problem or say(f"it must hold {expected}", f"应包含 {expected}")
        near = [] if path in allowed else difflib.get_close_matches(path, allowed, n=1)
        raise Invalid("FILE_MALFORMED", file=file, number=1, problem=problem, path=path, near=near)
    return stated


def _policy_id(columns: Mapping[str, str]) -> str:
    """An id that names every column which does not match everything; a prefix's `*` may not stand in an id."""
    conditions = [
        f"{name}-{columns[name]}"
        for name in ("kind", "type", "share_type", "data_level", "open_type", "state")
        if columns[name] != "*"
    ]
    granted = ["granted"] if columns["grant"] == "required" else []
    parts = ["local", columns["role"], columns["relation"], *conditions, *granted, columns["action"], columns["effect"]]
    return ".".join(parts).replace("*", "-")
