"""The mutating verbs on the log itself. There is one: dropping bodies. Headers and leaves stay for ever."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_sdk.errors import Invalid


class Compacted(BaseModel):
    """Up to which position bodies are dropped now, and how many this call dropped."""

    model_config = ConfigDict(frozen=True)

    upto: int
    dropped: int


class LogVerbs:
    """Keep the log small."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def compact(self, call: Call, upto: int) -> Compacted:
        """Drop the bodies and salts of all entries up to a position, for good. Asks `administer` of the platform itself.

        Raises Invalid beyond the log's end. Bodies that are dropped already are not dropped again.
        """

        async def work(session: WriteSession) -> Compacted:
            rule = session.sight.require_organization(Action.ADMINISTER, None).rule
            last = session.unit.head.position
            if not 1 <= upto <= last:
                raise Invalid("POSITION_UNKNOWN", path="upto", position=upto, last=last)
            done = Compacted(upto=max(upto, session.unit.head.compacted), dropped=await session.unit.compact(upto))
            # The entry accounts for the missing bodies: a body that is gone and was not dropped by a logged call was
            # taken away by somebody else.
            session.written.append(
                Written(object="log", action=Action.ADMINISTER.value, rule=rule, body=done.model_dump(mode="json"))
            )
            return done

        mutation = Mutation(
            verb="log.compact",
            action=Action.ADMINISTER.value,
            object="log",
            request={"upto": upto},
            answer=Compacted,
            work=work,
        )
        return await self._pipeline.run(call, mutation)
