"""Principals and policy rows in bulk, as a file brings them. All of it asks `administer` of the platform itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_core.access.edits import AccessEdits
from ucs_core.access.policy import PolicyRow, RoleAssignment, check_rules
from ucs_core.platform.administration.access_verbs import AccessVerbs, plain, written
from ucs_core.platform.administration.awaited import awaited
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import WriteSession, Written
from ucs_core.platform.validation import check_chunk, organization_unknown, parse
from ucs_registry.canonical import timestamp
from ucs_registry.principals import Principal, RuleRow, Subject
from ucs_sdk.errors import AlreadyExists, Invalid
from ucs_sdk.messages import Phrase


class EnteredRows(BaseModel):
    """The names of what a call entered or replaced."""

    model_config = ConfigDict(frozen=True)

    names: list[str]


class AdministrationVerbs(AccessVerbs):
    """Enter principals and policy rows."""

    async def put_principals(self, call: Call, principals: Sequence[Mapping[str, Any]]) -> EnteredRows:
        """Enter or replace principals, all or none. An organisation that they name must exist.

        A principal that is replaced keeps its subject where none is stated, and its revocation epoch never goes back; one
        that lies ahead of now, because a clock was wrong, comes back to now.
        """

        async def work(session: WriteSession) -> EnteredRows:
            rule = self._delegation(session.sight).require_platform()
            check_chunk(principals, "principals")
            known = session.sight.snapshot.edition.principals
            new = [_kept(session, item, f"principals[{at}]", known) for at, item in enumerate(principals)]
            await _check_ids(session, new, known)
            _check_organizations(session, new)
            _check_subjects(new, known)
            await self._lockout.guard(session, AccessEdits(principals=tuple(new)), ())
            await session.unit.put_principals(new)
            before = {item.name: item for item in known.values()}
            session.written += _all_written([(item.name, item) for item in new], rule, before)
            return EnteredRows(names=[item.name for item in new])

        request = {"principals": list(principals)}
        return await self._run(call, "principals.put", "principals/-", request, EnteredRows, work)

    async def put_rules(self, call: Call, rules: Sequence[Mapping[str, Any]]) -> EnteredRows:
        """Enter or replace policy rows, all or none. Rows that could not be decided exactly are refused with a reason."""

        async def work(session: WriteSession) -> EnteredRows:
            rule = self._delegation(session.sight).require_platform()
            check_chunk(rules, "rules")
            new = [parse(RuleRow, item, f"rules[{at}]") for at, item in enumerate(rules)]
            known = {item.id: item for item in await session.unit.rules()}
            edition = session.sight.snapshot.edition
            organizations = await session.unit.all_organizations()
            check_rules(new, organizations, edition.principals.values(), known.values())
            standing = [known[item.id] for item in new if item.id in known]
            await self._lockout.guard(session, _edits(new), standing)
            await session.unit.put_rules(new)
            before = {f"rules/{id}": item for id, item in known.items()}
            session.written += _all_written([(f"rules/{item.id}", item) for item in new], rule, before)
            return EnteredRows(names=[f"rules/{item.id}" for item in new])

        return await self._run(call, "rules.put", "rules/-", {"rules": list(rules)}, EnteredRows, work)


def _kept(session: WriteSession, item: Mapping[str, Any], path: str, known: Mapping[str, Principal]) -> Principal:
    new = parse(Principal, item, path)
    if new.revoked_before is not None and new.revoked_before > session.at:
        # It never goes back: until then nobody could call as this principal, the last administrator included.
        problem = Phrase("epoch-ahead", now=timestamp(session.at))
        raise Invalid("FIELD_INVALID", path=f"{path}.revoked_before", problem=problem)
    before = known.get(new.id)
    if before is None:
        return new
    epochs = [min(at, session.at) for at in (new.revoked_before, before.revoked_before) if at is not None]
    subject = new.subject if "subject" in new.model_fields_set else before.subject
    return new.model_copy(update={"subject": subject, "revoked_before": max(epochs, default=None)})


async def _check_ids(session: WriteSession, new: Sequence[Principal], known: Mapping[str, Principal]) -> None:
    """Raise AlreadyExists for the first new principal to whom a row that was set aside, or a grant, would give something."""
    places = {item.id: at for at, item in enumerate(new) if item.id not in known}
    taken = await awaited(session, "principals", list(places))
    if taken:
        first = min(taken, key=places.__getitem__)
        raise AlreadyExists("PRINCIPAL_TAKEN", path=f"principals[{places[first]}].id", taken=first)


def _check_organizations(session: WriteSession, new: Sequence[Principal]) -> None:
    tree = session.sight.snapshot.edition.tree
    for at, item in enumerate(new):
        if item.organization is not None and item.organization not in tree.positions:
            raise organization_unknown(f"principals[{at}].organization", item.organization, tree.ids)


def _check_subjects(new: Sequence[Principal], known: Mapping[str, Principal]) -> None:
    """Raise AlreadyExists when two principals would have the same subject."""
    places = {item.id: at for at, item in enumerate(new)}
    holders: dict[Subject, Principal] = {}
    # Those that stay come first, so that it is always one of the new that has come too late.
    for item in (*(item for id, item in known.items() if id not in places), *(new[at] for at in places.values())):
        if item.subject is not None and holders.setdefault(item.subject, item).id != item.id:
            raise AlreadyExists(
                "SUBJECT_TAKEN_BY",
                path=f"principals[{places[item.id]}].subject",
                taken=item.subject.subject,
                object=holders[item.subject].name,
            )


def _edits(rules: Sequence[RuleRow]) -> AccessEdits:
    # Of a row that is named twice the last counts.
    last = {item.id: item for item in rules}.values()
    return AccessEdits(
        put=tuple(PolicyRow.from_rule(item) for item in last if item.section != "g"),
        assign=tuple(RoleAssignment.from_rule(item) for item in last if item.section == "g"),
    )


def _all_written(
    new: Sequence[tuple[str, BaseModel]], rule: str | None, known: Mapping[str, BaseModel]
) -> list[Written]:
    # One call may name a row twice: what it stood at before is then what the call itself made of it.
    before = dict(known)
    entries = []
    for name, item in new:
        entries.append(written(name, rule, plain(before.get(name)), plain(item)))
        before[name] = item
    return entries
