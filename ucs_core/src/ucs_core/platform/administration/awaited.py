"""Rows and grants that name what does not exist: whoever entered it would wake them.

They can only have come in past the door. An assignment to nobody is set aside when it is read; the day somebody of that
name appears, it would count. So the name is taken until an administrator of the platform has removed the row.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from ucs_core.platform.pipeline import WriteSession


async def awaited(
    session: WriteSession, kind: Literal["principals", "organizations"], ids: Collection[str]
) -> set[str]:
    """Those of these new ids to which a row that was set aside, or a grant, would give something."""
    column = 0 if kind == "principals" else 2
    # A list, because what such a row holds may be of any type.
    found, names = set[str](), list(ids)
    # A row that names what does not exist is among those set aside, so mostly there is nothing to read.
    if session.sight.snapshot.quarantined:
        found = {
            row.values[column]
            for row in await session.unit.rules()
            if row.section == "g" and len(row.values) > column and row.values[column] in names
        }
    grants = await session.unit.find_grants(grantees=[f"{kind}/{id}" for id in ids])
    return found | {grant.grantee.removeprefix(f"{kind}/") for grant in grants}
