"""Who gets what, and who does what: units, dispatch rules and the roster, kept by those who may edit what the centre has."""

from __future__ import annotations

from ucs_capability_case_center import configured, outputs, refusals
from ucs_capability_case_center.center import center
from ucs_capability_case_center.dispatching import ANY_TYPE, DispatchRule
from ucs_capability_case_center.inputs import Nothing, RolesAsked, RuleAsked, RuleNamed, RulesAsked, UnitAsked
from ucs_capability_case_center.records import (
    ROSTER,
    RULES,
    RULES_MOST,
    UNITS,
    RosterRecord,
    RulesRecord,
    UnitRecord,
    rules_key,
)
from ucs_sdk import Context

SHOWN_MOST = 1_000
"""How many units, or people on the roster, are shown. A city has some hundreds of units."""


@center.operation(title_zh="登记处置单位", title_en="Enter a unit", effect="write")
async def enter_unit(ctx: Context, asked: UnitAsked) -> outputs.Unit:
    """Enter an organisation as one that cases can be dispatched to. One that does not exist is refused."""
    if await ctx.organizations.get(asked.unit) is None:
        raise refusals.organization_unknown(asked.unit)
    async with ctx.unit() as unit:
        kept = UnitRecord(title_zh=asked.title_zh, title_en=asked.title_en)
        unit.documents(UNITS, UnitRecord).put(asked.unit, kept, organization=asked.unit)
    return outputs.Unit(unit=asked.unit, title_zh=asked.title_zh, title_en=asked.title_en)


@center.operation(title_zh="处置单位", title_en="Units")
async def units(ctx: Context, asked: Nothing) -> outputs.Units:
    """List the units that cases can be dispatched to."""
    page = await ctx.documents(UNITS, UnitRecord).query(limit=SHOWN_MOST)
    return outputs.Units(
        units=tuple(
            outputs.Unit(unit=each.key, title_zh=each.body.title_zh, title_en=each.body.title_en) for each in page.items
        )
    )


@center.operation(title_zh="设置派遣规则", title_en="Put a dispatch rule", effect="write")
async def put_dispatch_rule(ctx: Context, asked: RuleAsked) -> outputs.Rules:
    """Enter a dispatch rule, or put it in place of the one of its id and type."""
    if asked.case_type != ANY_TYPE:
        configured.catalogue(ctx).get(asked.case_type)
    rule = DispatchRule.model_validate(asked.model_dump())
    async with ctx.unit() as unit:
        if await unit.documents(UNITS, UnitRecord).get(rule.unit) is None:
            raise refusals.unit_unknown(rule.unit)
        rules = unit.documents(RULES, RulesRecord)
        held = await rules.get(rules_key(rule.case_type))
        others = [each for each in held.body.rules if each.id != rule.id] if held else []
        if len(others) >= RULES_MOST:
            raise refusals.rules_full(rule.case_type, RULES_MOST)
        kept = RulesRecord(rules=tuple(sorted([*others, rule], key=lambda each: each.id)))
        rules.put(rules_key(rule.case_type), kept, organization=ctx.owner)
    return outputs.Rules(rules=kept.rules)


@center.operation(title_zh="删除派遣规则", title_en="Remove a dispatch rule", effect="write")
async def remove_dispatch_rule(ctx: Context, asked: RuleNamed) -> outputs.Rules:
    """Remove a dispatch rule; one that is not there is no error."""
    async with ctx.unit() as unit:
        rules = unit.documents(RULES, RulesRecord)
        held = await rules.get(rules_key(asked.case_type))
        kept = RulesRecord(rules=tuple(each for each in held.body.rules if each.id != asked.id) if held else ())
        if held is not None and kept != held.body:
            rules.put(rules_key(asked.case_type), kept, organization=ctx.owner)
    return outputs.Rules(rules=kept.rules)


@center.operation(title_zh="派遣规则", title_en="Dispatch rules")
async def dispatch_rules(ctx: Context, asked: RulesAsked) -> outputs.Rules:
    """List the dispatch rules for a case type, or those for all types."""
    held = await ctx.documents(RULES, RulesRecord).get(rules_key(asked.case_type))
    return outputs.Rules(rules=held.body.rules if held else ())


@center.operation(title_zh="排班", title_en="Assign roles", effect="write")
async def assign_roles(ctx: Context, asked: RolesAsked) -> outputs.Duty:
    """Say which roles a person has at the case centre; without any, they have none."""
    async with ctx.unit() as unit:
        roster = unit.documents(ROSTER, RosterRecord)
        if asked.roles:
            roster.put(asked.principal, RosterRecord(roles=asked.roles), organization=ctx.owner)
        else:
            roster.delete(asked.principal)
    return outputs.Duty(principal=asked.principal, roles=asked.roles)


@center.operation(title_zh="值班表", title_en="Roster")
async def roster(ctx: Context, asked: Nothing) -> outputs.Roster:
    """List who has which roles at the case centre."""
    page = await ctx.documents(ROSTER, RosterRecord).query(limit=SHOWN_MOST)
    return outputs.Roster(
        duties=tuple(
            outputs.Duty(principal=each.key, roles=each.body.roles)
            for each in page.items
            if each.organization == ctx.owner
        )
    )
