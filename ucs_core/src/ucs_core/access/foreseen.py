"""The edition that edits of access would make, from the one that stands: only what the edits touch is read again."""

from __future__ import annotations

from collections.abc import Sequence

from ucs_core.access.edition import Edition
from ucs_core.access.edits import AccessEdits
from ucs_core.access.reading import CompactRules, read_compact
from ucs_registry.principals import Principal, RuleRow


def edition_after(
    standing: Edition, edits: AccessEdits, principals: Sequence[Principal], rules: Sequence[RuleRow]
) -> Edition:
    """What edits would make of an edition, given the principals and the rows that it was compiled from."""
    if edits.principals:
        # A row that was set aside for want of its principal may be sound with a new one.
        return standing.with_rows(edits.principals_after(principals), edits.rules_after(rules))
    return standing.with_rules_read(_rules_after(standing, edits, rules))


def _rules_after(standing: Edition, edits: AccessEdits, rules: Sequence[RuleRow]) -> CompactRules:
    """As `read_compact` would have it of the rows after the edits: row by row it looks at those alone that may differ."""
    struck = edits.struck(rules)
    touched = {rule.id for rule in struck}
    new = [row.to_rule() for row in edits.put] + [row.to_rule() for row in edits.assign]
    # A principal's roles are read as a whole, so that they come in the order of all its rows.
    people = {person for rule in (*struck, *new) if (person := _given_to(rule)) is not None}
    again = {rule.id: rule for rule in rules if _given_to(rule) in people and rule.id not in touched} if people else {}
    again |= {rule.id: rule for rule in new}
    read = read_compact(again.values(), standing.tree.positions, standing.principals)
    policies = {id: values for id, values in standing.index.policies.items() if id not in touched}
    assigned = {id: held for id, held in standing.assigned.items() if id not in people}
    aside = dict(read.quarantined)
    kept = {id: phrase for id, phrase in standing.quarantined if id not in touched and id not in again}
    return CompactRules(
        policies=policies | read.policies,
        assigned=assigned | read.assigned,
        quarantined=tuple(sorted((kept | aside).items(), key=lambda each: each[0])),
    )


def _given_to(rule: RuleRow) -> str | None:
    """Whom a row gives a role; None of other rows."""
    # A row that came in past the door may hold anything.
    person: object = rule.values[0] if rule.section == "g" and rule.values else None
    return person if isinstance(person, str) else None
