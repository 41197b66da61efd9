"""The rule that the platform always has an administrator: an enabled principal that may `administer` the platform itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from ucs_core.access.actions import Action
from ucs_core.access.cells import BARE
from ucs_core.access.compiler import Pairs
from ucs_core.access.edition import Edition
from ucs_core.access.edits import AccessEdits
from ucs_core.access.policy import MEMBER, PUBLIC, WILDCARD, PolicyRow, Relation
from ucs_core.platform.pipeline import WriteSession
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.visibility import ALLOWED
from ucs_sdk.errors import FailedPrecondition

_CONDITIONS = ("kind", "type", "share_type", "data_level", "open_type", "state")


class Lockout:
    """Refuses edits that would leave the platform without an administrator."""

    async def guard(self, session: WriteSession, edits: AccessEdits, standing: Iterable[RuleRow]) -> None:
        """Raise FailedPrecondition with LAST_ADMINISTRATOR when nobody would be left. It comes before the first write.

        `standing` are the rows that the edits replace or take away, as they stand. Where nobody administers the platform
        to begin with, nothing can be taken away.
        """
        edition = session.sight.snapshot.edition
        if self.spares(edition, edits, standing) or next(administrators(edition), None) is None:
            return
        rules = await session.unit.rules()
        # Ten thousands of rows take a good part of a second: reading goes on meanwhile.
        after = await asyncio.to_thread(
            edition.with_rows,
            edits.principals_after(edition.principals.values()),
            edits.rules_after(rules),
        )
        if next(administrators(after), None) is None:
            raise FailedPrecondition("LAST_ADMINISTRATOR")

    def spares(self, edition: Edition, edits: AccessEdits, standing: Iterable[RuleRow]) -> bool:
        """Whether somebody administers the platform whom the edits do not touch. It is never wrong when it says so.

        Whether somebody administers the platform depends on nothing but: being enabled; the roles that it holds, which
        follow from its assignments and, for `member`, from its organisation; and the rows of these roles that speak of
        the platform: those with relation `any`, without a condition, on `administer` or every action. Whoever keeps all
        of these stays what it is.
        """
        people, roles = _touched(edition, edits, standing)
        return any(
            principal.id not in people and roles.isdisjoint(roles_of(edition, principal))
            for principal in administrators(edition)
        )


def administrators(edition: Edition) -> Iterator[Principal]:
    """The enabled principals that may administer the platform itself, in the order of their ids."""
    # Of the platform only rows with relation `any` speak, wherever the role is held.
    speaking = {role for role in edition.index.roles() if Relation.ANY.value in edition.index.relations(role)}
    known: dict[frozenset[str], bool] = {}

    def allowed(roles: Iterable[str]) -> bool:
        heard = frozenset(speaking.intersection(roles))
        if heard not in known:
            pairs: Pairs = frozenset((role, Relation.ANY.value) for role in heard)
            known[heard] = edition.index.outcome(pairs, Action.ADMINISTER, BARE).verdict == ALLOWED
        return known[heard]

    people: Iterable[str] = edition.principals
    if not allowed([PUBLIC]) and not allowed([PUBLIC, MEMBER]):
        # Nobody has it from what everybody holds: only those whom a role was given for it need to be looked at.
        people = sorted({id for _, _, ids in edition.reaching(edition.tree.platform) for id in ids})
    for principal in map(edition.principals.__getitem__, people):
        if not principal.disabled and allowed(roles_of(edition, principal)):
            yield principal


def roles_of(edition: Edition, principal: Principal) -> set[str]:
    """The roles that a principal holds anywhere, those that nobody assigns included."""
    return {role for role, _ in edition.held(principal)}


def _touched(edition: Edition, edits: AccessEdits, standing: Iterable[RuleRow]) -> tuple[set[str], set[str]]:
    """The principals whose roles or state are edited, and the roles of which rows on the platform are edited."""
    people = {row.principal for row in (*edits.assign, *edits.unassign)}
    for principal in edits.principals:
        before = edition.principals.get(principal.id)
        if before is None or (before.disabled, before.organization) != (principal.disabled, principal.organization):
            people.add(principal.id)
    rows = list(edits.put)
    for rule in standing:
        if rule.section == "g":
            people.update(value for value in rule.values[:1] if isinstance(value, str))
        # What a row means is for the compiled form to say: one that cannot be read in full may count as a wider one.
        elif (row := edition.index.policy(rule.id)) is not None:
            rows.append(row)
    return people, {row.role for row in rows if _speaks_of_platform(row)}


def _speaks_of_platform(row: PolicyRow) -> bool:
    return (
        row.relation == Relation.ANY
        and row.action in (Action.ADMINISTER.value, WILDCARD)
        and all(getattr(row, name) == WILDCARD for name in _CONDITIONS)
    )
