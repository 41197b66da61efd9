"""The rows of the policy language: who may do what to which resources.

A policy row gives a role an effect on every resource that its columns match. A role assignment gives a principal a role
at an anchor organisation, or at none; the row's relation then says where the owner must stand as seen from the anchor.
Columns hold an exact value or `*`, and the type also a prefix such as `video_*`: nothing that could not be looked up in
an index. Anything else is refused here, before it is stored.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Self

from ucs_core.access.actions import Action
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.organizations import Organization
from ucs_registry.principals import Principal, RuleRow
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType

WILDCARD = "*"

PUBLIC, MEMBER = "public", "member"
"""The two roles that nobody assigns: every enabled principal holds `public` without an anchor, and one that belongs to an
organisation also holds `member` anchored there."""


class Relation(StrEnum):
    """Where a resource's owner stands as seen from the anchor of a role assignment."""

    OWN = "own"
    """The owner is the anchor."""

    SUBTREE = "subtree"
    """The owner is the anchor or stands below it."""

    ANCESTORS = "ancestors"
    """The owner is the anchor or stands above it."""

    ANY = "any"
    """Every owner, and the platform itself; the assignment needs no anchor."""


class GrantNeed(StrEnum):
    """Whether a row counts by itself or only for those who also hold a live grant on the resource."""

    NONE_NEEDED = "none_needed"
    REQUIRED = "required"


class Effect(StrEnum):
    """What a matching row does. One deny outweighs every allow."""

    ALLOW = "allow"
    DENY = "deny"


class Column(NamedTuple):
    """What a column of a policy row may hold: one of the words, or what the pattern describes. `*` where `open`."""

    name: str
    words: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    open: bool = True
    widest: str = WILDCARD

    def accepts(self, value: object) -> bool:
        """Whether the value is sound here."""
        if not isinstance(value, str):
            return False
        if value == WILDCARD:
            return self.open
        return self.pattern.fullmatch(value) is not None if self.pattern else value in self.words


ROLE = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
TYPE = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_TYPE_OR_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,62}\*?", re.ASCII)
_SPECIAL = re.compile(r"[^A-Za-z0-9_*-]", re.ASCII)


def _words(enumeration: type[StrEnum]) -> tuple[str, ...]:
    return tuple(member.value for member in enumeration)


COLUMNS = (
    Column("role", pattern=ROLE, open=False),
    Column("relation", _words(Relation), open=False, widest=Relation.ANY.value),
    Column("kind", _words(ResourceKind)),
    Column("type", pattern=_TYPE_OR_PREFIX),
    Column("share_type", _words(ShareType)),
    Column("data_level", _words(DataLevel)),
    Column("open_type", _words(OpenType)),
    Column("state", _words(Availability)),
    Column("grant", _words(GrantNeed), open=False, widest=GrantNeed.NONE_NEEDED.value),
    Column("action", _words(Action)),
    Column("effect", _words(Effect), open=False),
)
"""The columns of a policy row, in the order in which a `RuleRow` keeps them."""

_NAMES = tuple(column.name for column in COLUMNS)


class HeldRole(NamedTuple):
    """A role as somebody holds it: at an anchor organisation, or at none."""

    role: str
    anchor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """One policy. It cannot exist with a column that the compiler could not index: POLICY_ROW_INVALID says which."""

    id: str
    role: str
    relation: str
    kind: str = WILDCARD
    type: str = WILDCARD
    share_type: str = WILDCARD
    data_level: str = WILDCARD
    open_type: str = WILDCARD
    state: str = WILDCARD
    grant: str = GrantNeed.NONE_NEEDED.value
    action: str
    effect: str = Effect.ALLOW.value

    def __post_init__(self) -> None:
        for column in COLUMNS:
            value = getattr(self, column.name)
            if not column.accepts(value):
                raise _refused(self.id, column, value)
        if self.effect == Effect.DENY and self.grant != GrantNeed.NONE_NEEDED:
            raise policy_row_invalid(self.id, Phrase("policy-deny-with-grant"))

    def to_rule(self) -> RuleRow:
        """The row as the registry keeps it."""
        return RuleRow(id=self.id, section="p", values=tuple(getattr(self, name) for name in _NAMES))

    @classmethod
    def from_rule(cls, rule: RuleRow) -> Self:
        """The policy of a stored row. Raises Invalid with POLICY_ROW_INVALID when it is none."""
        _check_shape(rule, "p", _NAMES)
        return cls(id=rule.id, **dict(zip(_NAMES, rule.values, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """A principal holds a role at an anchor organisation; without an anchor only rows with relation `any` serve it."""

    id: str
    principal: str
    role: str
    anchor: str | None = None

    def __post_init__(self) -> None:
        if not COLUMNS[0].accepts(self.role):
            raise _refused(self.id, COLUMNS[0], self.role)
        if not isinstance(self.principal, str) or not isinstance(self.anchor, str | None):
            raise policy_row_invalid(self.id, Phrase("policy-not-text"))

    def to_rule(self) -> RuleRow:
        """The assignment as the registry keeps it."""
        return RuleRow(id=self.id, section="g", values=(self.principal, self.role, self.anchor or ""))

    @classmethod
    def from_rule(cls, rule: RuleRow) -> Self:
        """The assignment of a stored row. Raises Invalid with POLICY_ROW_INVALID when it is none."""
        _check_shape(rule, "g", ("principal", "role", "anchor"))
        principal, role, anchor = rule.values
        return cls(id=rule.id, principal=principal, role=role, anchor=anchor or None)

    @property
    def stated(self) -> tuple[str, str, str | None]:
        """Who holds what, and where."""
        return self.principal, self.role, self.anchor or None

    @property
    def held(self) -> HeldRole:
        """The role and its anchor."""
        return HeldRole(self.role, self.anchor or None)


_ASSIGNED = re.compile(r"role\.[0-9a-f]{32}", re.ASCII)
"""The form of the ids that are kept for assignments."""


def assignment_id(principal: str, role: str, anchor: str | None) -> str:
    """The id of the row in which a role is given: the same for the same, and never that of another row."""
    return f"role.{digest(canonical_json([principal, role, anchor or None]))[:32]}"


def check_ids(rules: Iterable[RuleRow]) -> None:
    """Raise Invalid with POLICY_ROW_INVALID for a row that takes the id of an assignment which it is not."""
    for rule in rules:
        if _ASSIGNED.fullmatch(rule.id) and not (
            rule.section == "g" and rule.id == assignment_id(*RoleAssignment.from_rule(rule).stated)
        ):
            raise policy_row_invalid(rule.id, Phrase("policy-id-reserved"))


def check_rules(
    rules: Iterable[RuleRow],
    organizations: Iterable[Organization],
    principals: Iterable[Principal],
    standing: Iterable[RuleRow] | None = None,
) -> None:
    """Raise Invalid with POLICY_ROW_INVALID for the first row that may not be stored.

    Assignments must name an existing principal and anchor. Where the rows that stay are given as `standing`, an assigned
    role must also be one that some row speaks of.
    """
    rows = list(rules)
    check_ids(rows)
    policies = [PolicyRow.from_rule(row) for row in rows if row.section != "g"]
    assignments = [RoleAssignment.from_rule(row) for row in rows if row.section == "g"]
    if not assignments:
        return
    roles = None if standing is None else {PUBLIC, MEMBER} | {row.role for row in policies} | _roles(standing)
    anchors = {organization.id for organization in organizations}
    people = {principal.id for principal in principals}
    for row in assignments:
        if row.principal not in people:
            raise _unknown(row.id, "principal", row.principal, people)
        if row.anchor and row.anchor not in anchors:
            raise _unknown(row.id, "anchor", row.anchor, anchors)
        if roles is not None and row.role not in roles:
            raise _unknown(row.id, "role", row.role, roles)


def policy_row_invalid(row: str, problem: Phrase, near: Iterable[str] = ()) -> Invalid:
    """The refusal of a row, with what it may have meant."""
    return Invalid("POLICY_ROW_INVALID", row=row, problem=problem, near=list(near))


def near(word: str, known: Iterable[str]) -> list[str]:
    """Up to three known words that a misspelt one may have meant."""
    return difflib.get_close_matches(word[:100], known, n=3)


def shown(value: object) -> str:
    """A value from outside, quoted and short enough for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _roles(rules: Iterable[RuleRow]) -> set[str]:
    return {row.values[0] for row in rules if row.section == "p" and row.values}


def _unknown(row: str, what: str, word: str, known: set[str]) -> Invalid:
    return policy_row_invalid(row, Phrase("policy-unknown-name", column=what, value=shown(word)), near(word, known))


def _check_shape(rule: RuleRow, section: str, names: tuple[str, ...]) -> None:
    if rule.section != section:
        raise policy_row_invalid(rule.id, Phrase("policy-section", value=shown(rule.section), section=section))
    if len(rule.values) != len(names):
        raise policy_row_invalid(
            rule.id, Phrase("policy-value-count", count=len(rule.values), needed=len(names), columns=names)
        )


def _refused(row: str, column: Column, value: object) -> Invalid:
    text = value if isinstance(value, str) else ""
    special = _SPECIAL.search(text)
    if special:
        held = repr(special.group())
        problem = Phrase("policy-special-character", column=column.name, value=shown(text), special=held)
        return policy_row_invalid(row, problem)
    if column.pattern:
        problem = Phrase(
            "policy-bad-type" if column.open else "policy-bad-name", column=column.name, value=shown(value)
        )
        return policy_row_invalid(row, problem)
    words = [*column.words, WILDCARD] if column.open else list(column.words)
    problem = Phrase("policy-not-one-of", column=column.name, value=shown(value), allowed=words)
    return policy_row_invalid(row, problem, near(text, column.words))
