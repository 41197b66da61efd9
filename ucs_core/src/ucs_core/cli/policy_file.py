"""A policy file: policy rows, role assignments and tests of both, in YAML that people can compare and review.

A row's columns are named, and one that is left out matches everything. A heading that is left out says nothing about what
stands; one that is there says all of it to whoever applies the file with `--prune`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from ucs_core.access import Action, PolicyRow, RoleAssignment
from ucs_core.access.policy import COLUMNS, WILDCARD, Effect, GrantNeed
from ucs_core.cli.entries import read_sections, stated_assignments, stated_policies
from ucs_core.platform.validation import parse
from ucs_registry.principals import PrincipalId
from ucs_registry.resources import AccessAttributes
from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid

SECTIONS = ("policies", "assignments", "tests")

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_CONDITIONS = ("kind", "type", "share_type", "data_level", "open_type", "state", "grant")
_SILENT = dict.fromkeys(_CONDITIONS, WILDCARD)
_SILENT |= {"grant": GrantNeed.NONE_NEEDED.value, "effect": Effect.ALLOW.value}
"""What a column holds that a file leaves out."""


class StatedAttributes(AccessAttributes):
    """What policies see of a resource that a test imagines."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _StatedTest(BaseModel):
    """A test without its resource."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    principal: PrincipalId
    action: Action
    allowed: bool
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a file expects: a principal may or may not do something to a resource, by code, by name, or one imagined."""

    principal: str
    action: str
    resource: str | AccessAttributes
    allowed: bool
    title: str | None

    def __str__(self) -> str:
        what = self.resource if isinstance(self.resource, str) else _attributes(self.resource)
        if self.allowed:
            told = say(
                f"{self.principal} may {self.action} {what}", f"{self.principal} 可以对 {what} 执行 {self.action}"
            )
        else:
            told = say(
                f"{self.principal} may not {self.action} {what}", f"{self.principal} 不可以对 {what} 执行 {self.action}"
            )
        return f"{self.title}: {told}" if self.title else told


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """What a policy file states; None is a heading that it leaves out."""

    file: str
    policies: tuple[PolicyRow, ...] | None
    assignments: tuple[RoleAssignment, ...] | None
    tests: tuple[Expectation, ...]


def read_policy_file(file: str) -> PolicyFile:
    """What a policy file states, `-` being standard input. Raises Invalid for the first mistake."""
    stated = read_sections(file, SECTIONS)
    policies, assignments = stated_policies(stated), stated_assignments(stated)
    _refuse_twins(file, "policies", (row.id for row in policies))
    _refuse_twins(file, "assignments", (f"{row.role} {row.principal} {row.anchor or '-'}" for row in assignments))
    return PolicyFile(
        file=file,
        policies=tuple(policies) if "policies" in stated else None,
        assignments=tuple(assignments) if "assignments" in stated else None,
        tests=tuple(_expectation(item, f"tests[{at}]") for at, item in enumerate(stated.get("tests", []))),
    )


def _refuse_twins(file: str, section: str, keys: Iterable[str]) -> None:
    twins = [key for key, times in Counter(keys).items() if times > 1]
    if twins:
        problem = say(f"{section} holds {twins[0]} twice", f"{section} 中 {twins[0]} 出现两次")
        raise Invalid("FILE_MALFORMED", file=file, number=1, problem=problem, path=section)


def _expectation(item: Mapping[str, Any], path: str) -> Expectation:
    stated = parse(_StatedTest, {name: value for name, value in item.items() if name != "resource"}, path)
    return Expectation(
        principal=stated.principal,
        action=stated.action.value,
        resource=_resource(item, f"{path}.resource"),
        allowed=stated.allowed,
        title=stated.title,
    )


def _resource(item: Mapping[str, Any], path: str) -> str | AccessAttributes:
    if "resource" not in item:
        raise Invalid("FIELD_MISSING", path=path, more=0)
    resource = item["resource"]
    if isinstance(resource, dict):
        return parse(StatedAttributes, resource, path)
    if not isinstance(resource, str) or not resource:
        expected = say("a code, resources/ULID, or an object", "资源代码、resources/ULID 或对象")
        problem = say(f"it must be {expected}", f"应为{expected}")
        raise Invalid("FIELD_INVALID", path=path, problem=problem)
    return resource


def _attributes(attributes: AccessAttributes) -> str:
    return ", ".join(f"{name}={value}" for name, value in attributes.model_dump(mode="json").items())


def stated(row: PolicyRow) -> dict[str, str]:
    """A policy as a file states it: without the columns that match everything."""
    columns = {"id": row.id} | {column.name: str(getattr(row, column.name)) for column in COLUMNS}
    return {name: value for name, value in columns.items() if value != _SILENT.get(name)}


def matched(row: PolicyRow) -> dict[str, str]:
    """The conditions of a policy that do not match everything."""
    return {name: value for name, value in stated(row).items() if name in _CONDITIONS}


def conditions(row: PolicyRow) -> str:
    """Which resources a policy is about, for people."""
    return ", ".join(f"{name}={value}" for name, value in matched(row).items()) or WILDCARD


def write_policy_file(
    policies: Sequence[PolicyRow] | None, assignments: Sequence[RoleAssignment] | None, heading: Sequence[str]
) -> str:
    """A policy file as text, one row a line, in the order of the rows' ids."""
    return "".join(f"{line}\n" for line in _lines(policies, assignments, heading))


def _lines(
    policies: Sequence[PolicyRow] | None, assignments: Sequence[RoleAssignment] | None, heading: Sequence[str]
) -> Iterator[str]:
    yield from (f"# {line}" for line in heading)
    if policies is not None:
        yield "policies:" if policies else "policies: []"
        yield from (_flow(stated(row)) for row in sorted(policies, key=lambda row: row.id))
    if assignments is not None:
        yield "assignments:" if assignments else "assignments: []"
        for row in sorted(assignments, key=lambda row: (row.principal, row.role, row.anchor or "")):
            anchor = {"anchor": row.anchor} if row.anchor else {}
            yield _flow({"principal": row.principal, "role": row.role} | anchor)


def _flow(fields: Mapping[str, str]) -> str:
    return f"  - {{{', '.join(f'{name}: {_scalar(value)}' for name, value in fields.items())}}}"


def _scalar(text: str) -> str:
    """A text as YAML writes it, in quotes only where it would be read as something else, as 3702 would."""
    plain = _PLAIN.fullmatch(text) is not None and yaml.safe_load(text) == text
    return text if plain else json.dumps(text)
