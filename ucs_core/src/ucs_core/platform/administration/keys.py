"""The mutating verbs on keys: what a key of a token issuer has signed is ended, a new key of the log is announced.

All ask `administer` of the platform itself. The keys themselves are in files on the serving machines and never here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.access.log_keys import LogKey
from ucs_core.platform.administration.access_verbs import AccessVerbs
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import WriteSession, Written
from ucs_core.platform.validation import check_chunk
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{43}")
"""A JWK thumbprint by SHA-256 in base64url."""


class RevokedKeys(BaseModel):
    """The names of the keys that count no more."""

    model_config = ConfigDict(frozen=True)

    names: list[str]


class AnnouncedKey(BaseModel):
    """The name of a key of the log, and the line by which verifiers are told of it."""

    model_config = ConfigDict(frozen=True)

    name: str
    verification_key: str


class KeyVerbs(AccessVerbs):
    """Revoke token keys, announce keys of the log."""

    async def revoke(self, call: Call, key_ids: Sequence[str]) -> RevokedKeys:
        """Let tokens count no more that these keys have signed, on every node from the next session on, for ever.

        Keys are named by their JWK thumbprints, whichever issuer's they are; they need not be known here.
        """

        async def work(session: WriteSession) -> RevokedKeys:
            rule = session.sight.require_organization(Action.ADMINISTER, None).rule
            check_chunk(key_ids, "key_ids")
            for at, id in enumerate(key_ids):
                if not _KEY_ID.fullmatch(id):
                    raise Invalid("FIELD_INVALID", path=f"key_ids[{at}]", problem=Phrase("key-id-malformed"))
            ids = list(dict.fromkeys(key_ids))
            await session.unit.revoke_keys(ids)
            session.written += [_written(f"keys/{id}", rule, {"revoked": True}) for id in ids]
            return RevokedKeys(names=[f"keys/{id}" for id in ids])

        return await self._run(call, "keys.revoke", "keys/-", {"key_ids": list(key_ids)}, RevokedKeys, work)

    async def announce_log_key(self, call: Call, key: LogKey) -> AnnouncedKey:
        """Tell of a new key of the log in the log itself, in a unit whose checkpoint the earlier key signs as well."""
        name = f"log-keys/{key.id}"

        async def work(session: WriteSession) -> AnnouncedKey:
            rule = session.sight.require_organization(Action.ADMINISTER, None).rule
            session.written.append(_written(name, rule, {"verification_key": key.verification_key}))
            return AnnouncedKey(name=name, verification_key=key.verification_key)

        request = {"verification_key": key.verification_key}
        return await self._run(call, "log.rotate_key", name, request, AnnouncedKey, work)


def _written(object: str, rule: str | None, body: dict[str, Any]) -> Written:
    return Written(object=object, action=Action.ADMINISTER.value, rule=rule, body=body)
