"""No two principals are the same subject of an identity provider, whatever the order in which they are entered."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from ucs_registry.principals import Principal, Subject
from ucs_registry.sql import tables
from ucs_registry.sql.saving import Statements
from ucs_sdk.errors import AlreadyExists


async def make_way(unit: Statements, principals: Sequence[Principal]) -> None:
    """Raise AlreadyExists with SUBJECT_TAKEN when one has the subject of another; free those that change hands."""
    claims = claimed(principals)
    if not claims:
        return
    table = tables.principals
    found = await unit.all(
        select(table.c.id, table.c.issuer, table.c.subject).where(
            unit.dialect.within(table.c.subject, [subject.subject for subject in claims])
        )
    )
    own = {principal.id for principal in principals}
    freed = []
    for id, issuer, held in found:
        subject = Subject.model_construct(issuer=issuer, subject=held)
        if claims.get(subject, id) == id:
            continue
        if id not in own:
            raise subject_taken(subject)
        freed.append(id)
    if freed:
        await unit.run(update(table).where(unit.dialect.within(table.c.id, freed)).values(issuer=None, subject=None))


def claimed(principals: Sequence[Principal]) -> dict[Subject, str]:
    """Who of these has which subject. Raises AlreadyExists with SUBJECT_TAKEN when two have the same."""
    claims: dict[Subject, str] = {}
    for principal in principals:
        if principal.subject is not None and claims.setdefault(principal.subject, principal.id) != principal.id:
            raise subject_taken(principal.subject)
    return claims


def subject_taken(subject: Subject) -> AlreadyExists:
    """What is said when a subject belongs to another principal already; not to whom."""
    return AlreadyExists("SUBJECT_TAKEN", path="subject", taken=subject.subject)
