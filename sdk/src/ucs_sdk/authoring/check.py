"""Judges a plugin in a folder by the rules of its tier."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ucs_sdk.authoring.quality import Quality, Stated, Status, Tier, read_quality
from ucs_sdk.authoring.rules import LOADS, RULES, Finding, Rule, Subject
from ucs_sdk.authoring.source import Source
from ucs_sdk.commands import say
from ucs_sdk.errors import UcsError
from ucs_sdk.messages import Locale, Phrase
from ucs_sdk.plugins import find_in_folder, load_plugin

FINDINGS_SHOWN = 5
"""How many findings of one rule a person is shown; the answer in JSON has all of them."""


class Judgement(NamedTuple):
    """One rule and what came of it. `problem` is why nothing could be judged."""

    name: str
    tier: Tier
    says: Phrase
    stated: Stated | None
    findings: tuple[Finding, ...]
    problem: UcsError | None = None

    @property
    def holds(self) -> bool:
        """Whether the plugin keeps the rule."""
        return not self.findings and self.problem is None

    @property
    def is_exempt(self) -> bool:
        """Whether the author has said why it need not hold."""
        return self.stated is not None and self.stated.status is Status.EXEMPT and self.name != LOADS

    @property
    def is_claimed_wrongly(self) -> bool:
        """Whether the author says that it holds, and it does not."""
        return self.stated is not None and self.stated.status is Status.DONE and not self.holds


@dataclass(frozen=True)
class Verdict:
    """What came of all rules."""

    folder: str
    declared: Tier
    judgements: tuple[Judgement, ...]

    @property
    def reached(self) -> Tier | None:
        """The highest tier whose rules, and those of the tiers below, all hold or are exempt."""
        best = None
        for tier in Tier:
            if any(each.tier is tier and not (each.holds or each.is_exempt) for each in self.judgements):
                break
            best = tier
        return best

    @property
    def holds(self) -> bool:
        """Whether the declared tier holds, and no rule is claimed wrongly."""
        claimed = any(each.is_claimed_wrongly for each in self.judgements)
        return self.reached is not None and self.reached >= self.declared and not claimed

    def plain(self, locale: Locale) -> dict[str, Any]:
        """The verdict as JSON."""
        return {
            "folder": self.folder,
            "declared": self.declared.word,
            "reached": self.reached.word if self.reached else None,
            "holds": self.holds,
            "rules": [_plain(each, locale) for each in self.judgements],
        }


def check(folder: Path) -> Verdict:
    """Judge the plugin in a folder. Raises Invalid when there is none, or its `quality.yaml` cannot be read."""
    if not (folder / "pyproject.toml").is_file():
        # Raises what says so, and how one is made.
        find_in_folder(folder)
    quality = read_quality(folder, [LOADS, *(rule.name for rule in RULES)])
    try:
        found = find_in_folder(folder)
        subject = Subject(load_plugin(found), Source(found.folder or folder, (found.root or folder) / found.package))
    except UcsError as error:
        return Verdict(str(folder), quality.tier, tuple(_unjudged(quality, error)))
    judged = [_judged(rule, quality, subject) for rule in RULES]
    loads = Judgement(LOADS, Tier.BRONZE, Phrase("rule-loads"), quality.rules.get(LOADS), ())
    return Verdict(str(folder), quality.tier, (loads, *judged))


def _judged(rule: Rule, quality: Quality, subject: Subject) -> Judgement:
    return Judgement(rule.name, rule.tier, rule.says, quality.rules.get(rule.name), tuple(rule.judge(subject)))


def _unjudged(quality: Quality, error: UcsError) -> list[Judgement]:
    loads = Judgement(LOADS, Tier.BRONZE, Phrase("rule-loads"), quality.rules.get(LOADS), (), error)
    # Nothing is known about the others. Their statements stand, and the tier does not hold.
    others = [Judgement(rule.name, rule.tier, rule.says, None, (), error) for rule in RULES]
    return [loads, *others]


def _plain(each: Judgement, locale: Locale) -> dict[str, Any]:
    findings = [
        {"file": one.at.file, "line": one.at.line, "message": one.problem.worded(locale)} for one in each.findings
    ]
    if each.problem is not None and each.name == LOADS:
        fields = each.problem.fields
        findings = [{"file": fields.get("file"), "line": fields.get("line"), "message": each.problem.message(locale)}]
    return {
        "rule": each.name,
        "tier": each.tier.word,
        "says": each.says.worded(locale),
        "judged": each.problem is None or each.name == LOADS,
        "holds": each.holds,
        "status": each.stated.status.value if each.stated else None,
        "reason": each.stated.reason if each.stated else "",
        "findings": findings,
    }


def report(verdict: Verdict, locale: Locale) -> str:
    """The verdict for a person."""
    lines = []
    for each in verdict.judgements:
        if each.problem is not None and each.name != LOADS:
            continue
        mark = "✓" if each.holds else "–" if each.is_exempt else "✗"
        lines.append(f"{mark} {each.tier.word:<8} {each.name:<18} {each.says.worded(locale)}")
        lines += [f"    {line}" for line in _details(each, locale)]
    reached = verdict.reached.word if verdict.reached else say("none", "无")
    declared = verdict.declared.word
    lines.append(
        say(f"{declared} holds (reached: {reached}).", f"{declared} 成立（已达到：{reached}）。")
        if verdict.holds
        else say(f"{declared} does not hold (reached: {reached}).", f"{declared} 不成立（已达到：{reached}）。")
    )
    return "\n".join(lines)


def _details(each: Judgement, locale: Locale) -> list[str]:
    if each.problem is not None:
        return [each.problem.message(locale)]
    if each.is_exempt and each.stated is not None:
        return [say("exempt: ", "豁免：") + each.stated.reason]
    told = [f"{one.at.file}:{one.at.line}: {one.problem.worded(locale)}" for one in each.findings[:FINDINGS_SHOWN]]
    if (more := len(each.findings) - FINDINGS_SHOWN) > 0:
        told.append(say(f"and {more} more", f"另有 {more} 处"))
    return told
