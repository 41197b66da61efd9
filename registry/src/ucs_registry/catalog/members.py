"""The verbs on member sets, on an open unit: check the rules, change the set, say what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ucs_registry.catalog.regions import region_unknown
from ucs_registry.gb28181 import problem_with
from ucs_registry.members import MEMBERS_MOST, NewMember
from ucs_registry.ports import Unit
from ucs_registry.resources import Resource
from ucs_registry.specs import judge_of
from ucs_registry.types import MemberRules, known_types
from ucs_sdk.errors import FailedPrecondition, Invalid, NotFound
from ucs_sdk.vocabulary import Availability

UNKNOWN_TOLD = 10
"""How many unknown codes are named."""


class MembersChange(NamedTuple):
    """What became of a set: how many members entered or left it, how many of those are new, and how many it holds."""

    changed: int
    added: int
    total: int


async def put_members(unit: Unit, resource: Resource, new: Sequence[NewMember], at: datetime) -> MembersChange:
    """Enter or replace members of a resource, all of them or none.

    Raises FailedPrecondition when the resource is retired or its set would be too large, Invalid for a code, a division or
    attributes that its type does not allow; the path names the member.
    """
    _check_in_use(resource)
    _check_once(new)
    await _check_rules(unit, resource, new)
    await _check_regions(unit, new)
    before = (await unit.member_counts([resource.id])).get(resource.id, 0)
    added = await unit.put_members(resource.id, new, at)
    if before + added > MEMBERS_MOST:
        raise FailedPrecondition("MEMBER_SET_FULL", object=resource.name, added=added, count=before, most=MEMBERS_MOST)
    return MembersChange(len(new), added, before + added)


async def remove_members(unit: Unit, resource: Resource, codes: Sequence[str]) -> MembersChange:
    """Remove members of a resource, all of them or none. Raises NotFound with MEMBERS_UNKNOWN for codes that are not there."""
    _check_in_use(resource)
    there = await unit.members(resource.id, codes)
    unknown = [code for code in dict.fromkeys(codes) if code not in there]
    if unknown:
        told = [code[:80] for code in unknown[:UNKNOWN_TOLD]]
        raise NotFound("MEMBERS_UNKNOWN", path="codes", object=resource.name, codes=told, count=len(unknown))
    removed = await unit.remove_members(resource.id, there)
    left = (await unit.member_counts([resource.id])).get(resource.id, 0)
    return MembersChange(removed, 0, left)


def _check_in_use(resource: Resource) -> None:
    if resource.availability is Availability.RETIRED:
        raise FailedPrecondition("MEMBERS_OF_RETIRED", object=resource.name)


def _check_once(new: Sequence[NewMember]) -> None:
    if len({member.code for member in new}) == len(new):
        return
    first: dict[str, int] = {}
    for at, member in enumerate(new):
        earlier = first.setdefault(member.code, at)
        if earlier != at:
            raise Invalid(
                "MEMBER_REPEATED", path=f"members[{at}].code", code=member.code, first=f"members[{earlier}].code"
            )


async def _check_rules(unit: Unit, resource: Resource, new: Sequence[NewMember]) -> None:
    entry = (await known_types(unit)).types.get(resource.type)
    rules = None if entry is None else entry.members
    if rules is None:
        # A type that says nothing of members leaves them free.
        return
    if rules.code == "gb28181":
        _check_channels(resource, new)
    _check_attributes(resource, rules, new)


def _check_channels(resource: Resource, new: Sequence[NewMember]) -> None:
    for at, member in enumerate(new):
        problem = problem_with(member.code)
        if problem is not None:
            raise Invalid(
                "MEMBER_CODE_INVALID",
                path=f"members[{at}].code",
                code=member.code,
                type=resource.type,
                problem=problem,
            )


def _check_attributes(resource: Resource, rules: MemberRules, new: Sequence[NewMember]) -> None:
    judge = judge_of(rules.schema)
    for at, member in enumerate(new):
        if judge.satisfied(member.attributes):
            continue
        mistake = judge.mistake_in(member.attributes, f"members[{at}].attributes")
        if mistake is not None:
            raise Invalid("MEMBER_ATTRIBUTES_INVALID", type=resource.type, **mistake)


async def _check_regions(unit: Unit, new: Sequence[NewMember]) -> None:
    regions = {member.region_code for member in new if member.region_code is not None}
    known = await unit.organizations(regions)
    for at, member in enumerate(new):
        if member.region_code is not None and member.region_code not in known:
            raise await region_unknown(unit, member.region_code, f"members[{at}].region_code")
