"""Rows and models, each from the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import and_, select

from ucs_registry.canonical import canonical_json, instant, storable, timestamp
from ucs_registry.log import Entry, Outcome
from ucs_registry.log_groups import Part, PartedEntries, stored_access
from ucs_registry.merkle import Frontier
from ucs_registry.organizations import Bilingual, Organization
from ucs_registry.ports import Edge, RememberedRequest
from ucs_registry.principals import Principal, RuleRow, Subject
from ucs_registry.resources import (
    AccessAttributes,
    Dependency,
    Deprecation,
    Resource,
    ResourceContent,
    Revision,
)
from ucs_registry.sql import tables
from ucs_registry.sql.columns import Block, Column, Same
from ucs_registry.sql.dialects import Query, Record
from ucs_registry.sql.keeping import Sheet
from ucs_registry.visibility import Cell, Grant
from ucs_sdk.vocabulary import (
    Availability,
    DependencyRelation,
    OrganizationKind,
    OrganizationLevel,
    PrincipalKind,
    ResourceKind,
    ReviewState,
)

_head = tables.revisions.alias("head_revision")
_current = tables.revisions.alias("current_revision")
_REVISION_WIDTH = len(tables.revisions.c)


def select_resources() -> Query:
    """Resources with their owners, head revisions, and current revisions where these are others."""
    resources = tables.resources
    return (
        select(resources, tables.organizations.c.id, *_head.c, *_current.c)
        .join(tables.organizations, tables.organizations.c.number == resources.c.owner)
        .join(_head, and_(_head.c.resource == resources.c.id, _head.c.number == resources.c.head_number))
        .outerjoin(
            _current,
            and_(
                _current.c.resource == resources.c.id,
                _current.c.number == resources.c.current_number,
                resources.c.current_number != resources.c.head_number,
            ),
        )
    )


def resource_of(row: Record) -> Resource:
    """The resource of a row of `select_resources`."""
    id, code, kind, type, _, availability, reason, version, created_at, created_by, updated_at, *rest = row
    head_number, current_number, _, _, _, _, deprecation, _, _, _, owner, *revisions = rest
    head = revision_of(revisions[:_REVISION_WIDTH])
    if current_number is None:
        current = None
    elif current_number == head_number:
        current = head
    else:
        current = revision_of(revisions[_REVISION_WIDTH:])
    return Resource.model_construct(
        id=id,
        code=code,
        kind=ResourceKind(kind),
        type=type,
        owner=owner,
        availability=Availability(availability),
        availability_reason=reason,
        version=version,
        created_at=instant(created_at),
        created_by=created_by,
        updated_at=instant(updated_at),
        head=head,
        current=current,
        deprecation=None if deprecation is None else Deprecation.model_validate_json(deprecation),
    )


def revision_of(row: Sequence[Any]) -> Revision:
    """The revision of a row of the revisions' table."""
    _, number, content, state, authors, created_at, submitter, submitted_at, reviewer, reviewed_at, reason = row
    return Revision.model_construct(
        number=number,
        content=ResourceContent.model_validate_json(content),
        state=ReviewState(state),
        authors=tuple(orjson.loads(authors)),
        created_at=instant(created_at),
        submitter=submitter,
        submitted_at=None if submitted_at is None else instant(submitted_at),
        reviewer=reviewer,
        reviewed_at=None if reviewed_at is None else instant(reviewed_at),
        reason=reason,
    )


def revision_row(resource: str, revision: Revision) -> dict[str, object]:
    """The row of a revision."""
    return {
        "resource": resource,
        "number": revision.number,
        "content": revision.content.model_dump_json(),
        "state": revision.state.value,
        "authors": canonical_json(revision.authors).decode(),
        "created_at": timestamp(revision.created_at),
        "submitter": revision.submitter,
        "submitted_at": None if revision.submitted_at is None else timestamp(revision.submitted_at),
        "reviewer": revision.reviewer,
        "reviewed_at": None if revision.reviewed_at is None else timestamp(revision.reviewed_at),
        "reason": revision.reason,
    }


@lru_cache(maxsize=8192)
def organization_of(row: Record) -> Organization:
    """The organisation of a row: mostly one of those that the rows before told of."""
    number, id, parent, path, title_zh, title_en, level, kind, region_code, source, synthetic = row
    return Organization.model_construct(
        number=number,
        id=id,
        parent=parent,
        path=path,
        title=Bilingual.model_construct(zh=title_zh, en=title_en),
        level=OrganizationLevel(level),
        kind=OrganizationKind(kind),
        region_code=region_code,
        source=source,
        synthetic=bool(synthetic),
    )


def organization_row(entry: Organization) -> dict[str, object]:
    """The row of an organisation."""
    return {
        "number": entry.number,
        "id": entry.id,
        "parent": entry.parent,
        "path": entry.path,
        "title_zh": entry.title.zh,
        "title_en": entry.title.en,
        "level": entry.level.value,
        "kind": entry.kind.value,
        "region_code": entry.region_code,
        "source": entry.source,
        "synthetic": entry.synthetic,
    }


def select_cells() -> Query:
    """Cells with the ids of their owners."""
    cells = tables.cells
    attributes = (getattr(cells.c, name) for name in ATTRIBUTE_COLUMNS)
    return select(cells.c.number, tables.organizations.c.id, *attributes).join(
        tables.organizations, tables.organizations.c.number == cells.c.owner
    )


ATTRIBUTE_COLUMNS = ("kind", "type", "share_type", "data_level", "open_type", "state")
"""What a cell holds beside its owner."""


def cell_of(row: Record) -> Cell:
    """The cell of a row of `select_cells`."""
    number, owner, *attributes = row
    named = dict(zip(ATTRIBUTE_COLUMNS, attributes, strict=True))
    return Cell(number=number, attributes=AccessAttributes(owner=owner, **named))


def edge_of(row: Record) -> Edge:
    """The edge of a row of the dependencies' table."""
    source, _, target, relation, version, role, required = row
    link = Dependency.model_construct(
        target=f"resources/{target}",
        relation=DependencyRelation(relation),
        version=version,
        role=role,
        required=bool(required),
    )
    return Edge(source=f"resources/{source}", dependency=link)


def principal_of(row: Record) -> Principal:
    """The principal of a row."""
    id, kind, title, organization, disabled, issuer, subject, revoked_before = row
    return Principal.model_construct(
        id=id,
        kind=PrincipalKind(kind),
        title=title,
        organization=organization,
        disabled=bool(disabled),
        subject=None if subject is None else Subject.model_construct(issuer=issuer, subject=subject),
        revoked_before=None if revoked_before is None else instant(revoked_before),
    )


def principal_row(principal: Principal) -> dict[str, object]:
    """The row of a principal."""
    subject, revoked = principal.subject, principal.revoked_before
    return {
        "id": principal.id,
        "kind": principal.kind.value,
        "title": principal.title,
        "organization": principal.organization,
        "disabled": principal.disabled,
        "issuer": None if subject is None else subject.issuer,
        "subject": None if subject is None else subject.subject,
        "revoked_before": None if revoked is None else timestamp(revoked),
    }


def rule_of(row: Record) -> RuleRow:
    """The policy row of a row."""
    id, section, fields, _ = row
    return RuleRow.model_construct(id=id, section=section, values=_rule_values(fields))


def _rule_values(fields: str) -> tuple[str, ...]:
    """The values of a policy row, all of them text, whatever somebody with the database has left there.

    What is no text comes back behind a sign that no value of the policy language holds, so that it is still no text.
    """
    try:
        parts = orjson.loads(fields)
    except ValueError:
        return (f"\ufffd{fields}",)
    if not isinstance(parts, list):
        return (f"\ufffd{fields}",)
    if set(map(type, parts)) <= {str}:
        return tuple(parts)
    return tuple(part if isinstance(part, str) else f"\ufffd{canonical_json(part).decode()}" for part in parts)


def rule_row(rule: RuleRow) -> dict[str, object]:
    """The row of a policy row."""
    fields = canonical_json(rule.values).decode()
    return {"id": rule.id, "section": rule.section, "fields": fields, "first": rule_key(next(iter(rule.values), ""))}


def rule_key(value: str) -> str:
    """By what a rule is looked up whose first value this is. What no index can hold shares one key."""
    return value if storable(value) else ""


def grant_of(row: Record) -> Grant:
    """The grant of a row."""
    id, grantee, action, resource, valid_from, valid_until, origin = row
    return Grant(
        id=id,
        grantee=grantee,
        action=action,
        resource=f"resources/{resource}",
        valid_from=instant(valid_from),
        valid_until=None if valid_until is None else instant(valid_until),
        origin=origin,
    )


def grant_row(grant: Grant) -> dict[str, object]:
    """The row of a grant."""
    return {
        "id": grant.id,
        "grantee": grant.grantee,
        "action": grant.action,
        "resource": grant.resource.removeprefix("resources/"),
        "valid_from": timestamp(grant.valid_from),
        "valid_until": None if grant.valid_until is None else timestamp(grant.valid_until),
        "origin": grant.origin,
    }


def request_of(row: Record) -> RememberedRequest:
    """The remembered request of a row."""
    return RememberedRequest(**row._asdict() | {"at": instant(row.at)})


def request_row(request: RememberedRequest) -> dict[str, object]:
    """The row of a remembered request."""
    return {
        "actor": request.actor,
        "request_id": request.request_id,
        "fingerprint": request.fingerprint,
        "answer": request.answer,
        "at": timestamp(request.at),
    }


_LOG = tuple(column.name for column in tables.log.c if column.name not in ("owner", "subtrees"))
_logged = attrgetter(*_LOG)


def select_entries() -> Query:
    """Entries, without what only the database itself needs of them."""
    return select(*(tables.log.c[name] for name in _LOG))


def entry_of(row: Record) -> Entry:
    """The log's entry of a row of `select_entries`."""
    fields = dict(zip(_LOG, row, strict=True))
    fields["at"] = instant(fields["at"])
    fields["outcome"] = Outcome(fields["outcome"])
    for name in ("access_before", "access_after"):
        if fields[name] is not None:
            fields[name] = AccessAttributes.model_validate_json(fields[name])
    return Entry(**fields)


@lru_cache(maxsize=4096)
def _access_json(attributes: AccessAttributes) -> str:
    return attributes.model_dump_json()


LOG = Sheet(tables.log, (*_LOG, "owner", "subtrees"))
"""The log, with what only the database itself needs of an entry."""


def entry_blocks(groups: Iterable[Sequence[Entry]], frontier: Frontier) -> list[Block]:
    """The rows of entries, and a tree that has grown by their leaves."""
    blocks: list[Block] = []
    singly: list[Iterable[object]] = []
    for entries in groups:
        if isinstance(entries, PartedEntries):
            if entries:
                blocks.append(Block(LOG, _parted_columns(entries, frontier), len(entries)))
        else:
            singly += [entry_row(entry, frontier.append(entry.leaf)).values() for entry in entries]
    if singly:
        blocks.append(Block(LOG, tuple(zip(*singly, strict=True)), len(singly)))
    return blocks


def entry_row(entry: Entry, subtrees: Sequence[str]) -> dict[str, object]:
    """The row of a log's entry whose leaf completed these subtrees."""
    row = dict(zip(_LOG, _logged(entry), strict=True))
    row["at"] = timestamp(entry.at)
    row["outcome"] = entry.outcome.value
    for name in ("access_before", "access_after"):
        row[name] = row[name] and _access_json(row[name])
    return {**row, "owner": entry.owner, "subtrees": joined(subtrees)}


def _parted_columns(entries: PartedEntries, frontier: Frontier) -> tuple[Column, ...]:
    """What is common to all is said once, beside what is each entry's own."""
    columns: dict[str, Column] = {name: Same(value) for name, value in entry_row(entries[0], ()).items()}
    own: dict[str, Sequence[Any]] = dict(zip(Part._fields, zip(*entries.parts, strict=True), strict=True))
    seen: Sequence[AccessAttributes] = own["access_after"]
    own["access_after"] = entries.told_alike(stored_access)
    own["position"] = range(entries.position, entries.position + len(entries))
    own["leaf"] = entries.leaves
    own["owner"] = [access.owner for access in seen]
    own["subtrees"] = [completed or None for completed in frontier.extend(entries.leaves)]
    return tuple({**columns, **own}.values())


_DIGITS = 64


def joined(hashes: Sequence[str]) -> str | None:
    """Hashes as they stand in one column."""
    return "".join(hashes) or None


def parted(column: str | None) -> list[str]:
    """The hashes of such a column."""
    text = column or ""
    return [text[start : start + _DIGITS] for start in range(0, len(text), _DIGITS)]
