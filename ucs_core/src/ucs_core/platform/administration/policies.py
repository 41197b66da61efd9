"""The mutating verb on policies: typed rows that are entered, replaced and removed together, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from ucs_core.access.edits import AccessEdits
from ucs_core.access.policy import (
    WILDCARD,
    Effect,
    GrantNeed,
    PolicyRow,
    check_ids,
    near,
    policy_row_invalid,
)
from ucs_core.platform.administration.access_verbs import AccessVerbs, plain, written
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import WriteSession
from ucs_core.platform.validation import check_few, parse
from ucs_registry.principals import RuleRow
from ucs_sdk.errors import Conflict, Invalid, NotFound
from ucs_sdk.messages import Phrase

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,126}$")]
"""The id of a policy."""


class PolicyInput(BaseModel):
    """A policy as it is stated. A condition that is absent or None matches everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: RuleId
    role: str
    relation: str
    kind: str | None = None
    type: str | None = None
    share_type: str | None = None
    data_level: str | None = None
    open_type: str | None = None
    state: str | None = None
    grant: str | None = None
    action: str
    effect: str | None = None

    def to_row(self) -> PolicyRow:
        """The row. Raises Invalid with POLICY_ROW_INVALID when it could not be indexed."""
        defaults = {"grant": GrantNeed.NONE_NEEDED.value, "effect": Effect.ALLOW.value}
        stated = {name: defaults.get(name, WILDCARD) if value is None else value for name, value in self}
        return PolicyRow(**stated)


class AppliedPolicies(BaseModel):
    """The rows that were entered, replaced or removed, by their names, and the version of access that this made."""

    model_config = ConfigDict(frozen=True)

    version: int
    names: list[str]


class PolicyVerbs(AccessVerbs):
    """Edit the policies. They say what roles mean everywhere, so only the platform's administrators do."""

    async def apply(
        self, call: Call, put: Sequence[Mapping[str, Any]], remove: Sequence[str], version: int | None = None
    ) -> AppliedPolicies:
        """Enter or replace rows, and remove others, all or none.

        With `version`, the access version that the caller has looked at, it is refused when access has moved since. A row
        that cannot be read, however it came to be there, is replaced and removed like any other.
        """

        async def work(session: WriteSession) -> AppliedPolicies:
            rule = self._delegation(session.sight).require_platform()
            current = session.unit.head.access_version
            if version is not None and version != current:
                raise Conflict("ACCESS_MOVED", path="version", sent=version, current=current)
            rows, gone = _stated(put), _removed(remove)
            standing = {item.id: item for item in await session.unit.rules()}
            _check(session, rows, gone, standing)
            new = [row for row in rows if standing.get(row.id) != row.to_rule()]
            if not new and not gone:
                raise Invalid("NOTHING_CHANGED", object="policies")
            touched = [standing[id] for id in (*(row.id for row in new), *gone) if id in standing]
            await self._lockout.guard(session, AccessEdits(put=tuple(new), remove=tuple(gone)), touched)
            await session.unit.remove_rules(gone)
            await session.unit.put_rules([row.to_rule() for row in new])
            session.written += [
                written(f"rules/{row.id}", rule, plain(standing.get(row.id)), plain(row.to_rule())) for row in new
            ]
            session.written += [written(f"rules/{id}", rule, plain(standing[id]), None) for id in gone]
            return AppliedPolicies(version=current + 1, names=[item.object for item in session.written])

        request = {"put": [dict(row) for row in put], "remove": list(remove), "version": version}
        return await self._run(call, "policies.apply", "rules/-", request, AppliedPolicies, work)


def policy_id(name: str) -> str:
    """The id in `policies/{id}` or, as the log has it, `rules/{id}`; a bare id is taken as well."""
    return name.removeprefix("policies/").removeprefix("rules/")


def _stated(put: Sequence[Mapping[str, Any]]) -> list[PolicyRow]:
    check_few(len(put), "put")
    return [parse(PolicyInput, item, f"put[{at}]").to_row() for at, item in enumerate(put)]


def _removed(remove: Sequence[str]) -> list[str]:
    check_few(len(remove), "remove")
    return [policy_id(name) for name in remove]


def _check(
    session: WriteSession, rows: Sequence[PolicyRow], gone: Sequence[str], standing: Mapping[str, RuleRow]
) -> None:
    """Raise unless each row is named once, those that go are there, and no role assignment is overwritten."""
    named = [*(row.id for row in rows), *gone]
    for at, id in enumerate(named):
        if id in named[:at]:
            raise policy_row_invalid(id[:80], Phrase("policy-named-twice"))
    unread = {id for id, _ in session.sight.snapshot.quarantined}
    for id in gone:
        if id not in standing:
            known = [item.id for item in standing.values() if item.section != "g"]
            raise NotFound("NOT_FOUND", object=f"policies/{id[:80]}", near=near(id, known))
    for id in named:
        found = standing.get(id)
        if found is not None and found.section == "g" and id not in unread:
            raise policy_row_invalid(id, Phrase("policy-is-assignment"))
    check_ids(row.to_rule() for row in rows)
