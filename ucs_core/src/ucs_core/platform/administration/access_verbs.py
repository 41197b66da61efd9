"""What all verbs on access share: one way to run, and one way in which the log tells what they changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from ucs_core.access.actions import Action
from ucs_core.platform.administration.delegation import Delegation
from ucs_core.platform.administration.lockout import Lockout
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.validation import parse
from ucs_registry.canonical import PLAIN_TEXT, canonical_json, digest, storable
from ucs_registry.principals import RuleRow
from ucs_registry.resources import AccessAttributes

Answer = TypeVar("Answer", bound=BaseModel)

REASON_MOST = 1_000
"""How many characters a reason has at most."""


class AccessVerbs:
    """Verbs on access. What their caller may change is for the delegation to say, and what nobody may for the lockout."""

    def __init__(
        self, pipeline: Pipeline, *, delegation: type[Delegation] = Delegation, lockout: Lockout | None = None
    ) -> None:
        self._pipeline = pipeline
        self._delegation = delegation
        self._lockout = lockout or Lockout()

    async def _run(
        self,
        call: Call,
        verb: str,
        object: str,
        request: Mapping[str, Any],
        answer: type[Answer],
        work: Callable[[WriteSession], Awaitable[Answer]],
        again: Callable[[WriteSession, Answer], Awaitable[Answer]] | None = None,
    ) -> Answer:
        mutation = Mutation(
            verb=verb,
            action=Action.ADMINISTER.value,
            object=object,
            request=request,
            answer=answer,
            work=work,
            again=again,
        )
        return await self._pipeline.run(call, mutation)


class _Reasoned(BaseModel):
    model_config = ConfigDict(frozen=True)

    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=REASON_MOST, pattern=PLAIN_TEXT)
    ]


def reasoned(reason: str | None) -> str:
    """A reason, for the log. Raises Invalid when there is none, or when it cannot be kept."""
    return parse(_Reasoned, {} if reason is None else {"reason": reason}).reason


def logged(kind: str, name: str) -> str:
    """How the log names the object of a call, or that it cannot be kept."""
    id = name.removeprefix(f"{kind}/")
    return f"{kind}/{id[:80]}" if id and storable(id) else f"{kind}/-"


def written(
    name: str,
    rule: str | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    access: AccessAttributes | None = None,
    reason: str | None = None,
) -> Written:
    """One object that was entered, changed or taken away, as the log tells it: the states are plain JSON.

    The body holds the new state or, of what is gone, the last. `access` is what a policy sees of a resource that it
    belongs to.
    """
    said = {} if reason is None else {"reason": reason}
    return Written(
        object=name,
        action=Action.ADMINISTER.value,
        rule=rule,
        body={name.split("/", maxsplit=1)[0]: before if after is None else after} | said,
        before=None if before is None else digest(canonical_json(before)),
        after=None if after is None else digest(canonical_json(after)),
        access_before=access,
        access_after=access,
    )


def plain(model: BaseModel | None) -> dict[str, Any] | None:
    """A model as plain JSON."""
    if isinstance(model, RuleRow):
        # One that came in past the door may hold what its model does not know.
        return {"id": model.id, "section": model.section, "values": list(model.values)}
    return None if model is None else model.model_dump(mode="json")
