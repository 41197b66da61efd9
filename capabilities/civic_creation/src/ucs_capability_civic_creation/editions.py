"""Which edition, version and tree is meant, and who may assess by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ucs_capability_civic_creation import refusals
from ucs_capability_civic_creation.indicator_tree import Tree
from ucs_capability_civic_creation.records import EDITIONS, EditionRecord, tree_of
from ucs_sdk import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An edition in one of its versions."""

    record: EditionRecord
    version: int
    published_at: datetime
    tree: Tree


async def edition_at(ctx: Context, code: str, *, at: datetime | None = None, version: int | None = None) -> Edition:
    """An edition in the version that was in force at a date, or in a version by its number, or in the newest."""
    held = await ctx.documents(EDITIONS, EditionRecord).get(code)
    if held is None:
        raise refusals.unknown("指标版本", "edition", code)
    fitting = [
        each
        for each in held.body.versions
        if (at is None or each.at <= at) and (version is None or each.version == version)
    ]
    tree = await tree_of(ctx, code, fitting[-1].version) if fitting else None
    if tree is None:
        named = at.isoformat() if at else str(version or "")
        raise refusals.unknown("指标版本", "version of the edition", f"{code} {named}".strip())
    return Edition(record=held.body, version=fitting[-1].version, published_at=fitting[-1].at, tree=tree)


def assessor_of(ctx: Context, edition: EditionRecord, unit: str = "", about: str = "") -> str:
    """The organisation that assesses: the caller's. Raises Denied when it does not, or judges its own matter."""
    organization = ctx.caller.organization or ""
    if organization not in edition.assessors:
        raise refusals.not_an_assessor(organization, edition.code)
    if unit and unit == organization:
        raise refusals.own_matter(about)
    return organization
