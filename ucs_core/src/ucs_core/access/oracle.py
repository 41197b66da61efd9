"""Casbin's own enforcer over the same rules: slow, plain, and right.

It is what the compiled snapshot is held against. It shares the reading of rows with the compiler and nothing else: it
walks parent pointers where the compiler counts positions, and searches all rows where the compiler looks one up.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

import casbin

from ucs_core.access.adapter import RuleAdapter
from ucs_core.access.policy import MEMBER, PUBLIC, TYPE, RoleAssignment
from ucs_core.access.rulebook import read_rules
from ucs_registry.organizations import Organization
from ucs_registry.principals import Principal, RuleRow
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType


def build_enforcer(
    organizations: Iterable[Organization], principals: Iterable[Principal], rules: Iterable[RuleRow]
) -> casbin.Enforcer:
    """Casbin's enforcer over a state of the store.

    A request is `(principal, owner, kind, type, share type, data level, open type, state, granted, action)`. For an
    organisation all between the owner and `granted` are `-`; for the platform the owner is `-`, too.
    """
    parents = {organization.id: organization.parent for organization in organizations}
    people = list(principals)
    book = read_rules(rules, parents, (person.id for person in people))
    assignments = [
        RoleAssignment(id="-", principal=person.id, role=held.role, anchor=held.anchor)
        for person in people
        if not person.disabled
        for held in book.assigned.get(person.id, ())
    ] + list(_implicit(people, parents))
    model = casbin.Enforcer.new_model(text=files("ucs_core.access").joinpath("model.conf").read_text("utf-8"))
    enforcer = casbin.Enforcer(model, RuleAdapter(book.policies, assignments))
    enforcer.add_function("related", _related(enforcer, parents))
    enforcer.add_function("covers", _covers)
    enforcer.add_function("sound", _sound)
    return enforcer


def _implicit(principals: Iterable[Principal], parents: dict[str, str | None]) -> Iterable[RoleAssignment]:
    for person in principals:
        if not person.disabled:
            yield RoleAssignment(id="-", principal=person.id, role=PUBLIC)
            if person.organization in parents:
                yield RoleAssignment(id="-", principal=person.id, role=MEMBER, anchor=person.organization)


def _related(enforcer: casbin.Enforcer, parents: dict[str, str | None]) -> object:
    def above(organization: str) -> list[str]:
        """An organisation and all above it."""
        chain: list[str] = []
        place: str | None = organization
        while place in parents and place not in chain:
            chain.append(place)
            place = parents[place]
        return chain

    def related(principal: str, role: str, relation: str, owner: str, kind: str) -> bool:
        """Whether the principal holds the role at an anchor from which the owner stands in the relation."""
        platform = owner == "-" and kind == "-"
        if owner not in parents and not platform:
            return False
        for _, _, anchor in enforcer.get_filtered_grouping_policy(0, principal, role):
            if relation == "any":
                return True
            if anchor in parents and not platform:
                if relation == "own" and owner == anchor:
                    return True
                if relation == "subtree" and anchor in above(owner):
                    return True
                if relation == "ancestors" and owner in above(anchor):
                    return True
        return False

    return related


def _covers(pattern: str, type: str) -> bool:
    """Whether a policy's type column covers a type."""
    return type.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == type


def _sound(*values: str) -> bool:
    """Whether every attribute is a word of the field, or all are absent as they are of an organisation."""
    if all(value == "-" for value in values):
        return True
    kind, type, share_type, data_level, open_type, state = values
    return (
        kind in list(ResourceKind)
        and TYPE.fullmatch(type) is not None
        and share_type in list(ShareType)
        and data_level in list(DataLevel)
        and open_type in list(OpenType)
        and state in list(Availability)
    )
