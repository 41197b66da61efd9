"""`ucs plugin check`: each rule finds what breaks it and nothing else, and a tier holds only with all that is below it."""

import json
from pathlib import Path

import pytest
import yaml
from plugin_texts import HEAD, MANIFEST, PROJECT

from ucs_sdk.authoring.check import check, report
from ucs_sdk.authoring.quality import Tier, read_quality
from ucs_sdk.authoring.rules import LOADS, RULES
from ucs_sdk.errors import UcsError
from ucs_sdk.launcher import main
from ucs_sdk.messages import Locale

CAPABILITIES = Path(__file__).parents[2] / "capabilities"
NAMES = [LOADS, *(rule.name for rule in RULES)]

OPERATION = """
@pump.operation(title_zh="读", title_en="Read")
async def read(ctx: Context, asked: Level) -> Level:
    "Read the level."
    return asked
"""
SOUND_HEAD = HEAD.replace("description=", "examples=[1.5], description=")
SOUND_FILES = {
    "quality.yaml": "tier: platinum\n",
    "tests/test_pump.py": 'def test_reading():\n    assert "pump.read"\n',
    "CHANGELOG.md": "# 1.2.0\n\nFirst.\n",
}


@pytest.fixture
def judged(plugin_folder):
    """A function that writes a plugin, sound but for what is given, and judges it."""

    def judge(code=OPERATION, *, head=SOUND_HEAD, files=None, **more):
        return check(plugin_folder(code, head=head, files=SOUND_FILES | (files or {}), **more))

    return judge


def broken(verdict):
    return {each.name for each in verdict.judgements if not each.holds}


def test_the_page_about_quality_tells_of_every_rule():
    page = (CAPABILITIES.parent / "docs" / "plugins" / "quality.md").read_text("utf-8")
    rows = [f"| {rule.tier.word} | `{rule.name}` | {rule.says.worded(Locale.EN)} |" for rule in RULES]
    assert all(row in page for row in rows)


def test_there_are_a_dozen_rules_and_some_in_each_tier():
    assert len(NAMES) == 12
    assert {rule.tier for rule in RULES} == set(Tier)


def test_a_sound_plugin_holds_every_rule(judged):
    verdict = judged()
    assert broken(verdict) == set()
    assert verdict.reached is Tier.PLATINUM
    assert verdict.holds


UNTITLED = OPERATION.replace("读", "read")
UNDESCRIBED = OPERATION.replace('    "Read the level."\n', "")
UNTESTED = OPERATION + OPERATION.replace("read(", "look(")
FIELDLESS = SOUND_HEAD.replace('title="水位"', 'title="level"')
BOUNDLESS = SOUND_HEAD.replace(
    "    metres:", '    note: str = Field(default="", title="注", description="Note")\n    metres:'
)
BOUND = BOUNDLESS.replace('default=""', 'default="", max_length=9')
NO_EXAMPLE = SOUND_HEAD.replace("examples=[1.5], ", "")
BAD_EXAMPLE = SOUND_HEAD.replace("examples=[1.5]", "examples=[-1]")
RUNS = OPERATION + "\n@hookimpl\nasync def ucs_run(ctx): ...\n"
NO_TESTS = {"tests/test_pump.py": "x = 1\n"}


@pytest.mark.parametrize(
    ("rules", "code", "more"),
    [
        ({"two-languages"}, UNTITLED, {}),
        ({"described"}, UNDESCRIBED, {}),
        ({"all-tested"}, UNTESTED, {}),
        ({"fields-described"}, OPERATION, {"head": FIELDLESS}),
        ({"bounded-inputs"}, OPERATION, {"head": BOUNDLESS}),
        (set(), OPERATION, {"head": BOUND}),
        ({"examples"}, OPERATION, {"head": NO_EXAMPLE}),
        ({"examples"}, OPERATION, {"head": BAD_EXAMPLE}),
        ({"tests", "all-tested"}, OPERATION, {"files": NO_TESTS}),
        ({"changelog"}, OPERATION, {"files": {"CHANGELOG.md": "# 11.2.0\n"}}),
        ({"permissions-exact"}, OPERATION, {"manifest": MANIFEST + 'permissions = ["blobs"]'}),
        ({"permissions-exact"}, OPERATION.replace("return", "ctx.blobs\n    return"), {}),
        (
            set(),
            OPERATION.replace("return", "ctx.blobs\n    return"),
            {"manifest": MANIFEST + 'permissions = ["blobs"]'},
        ),
        (set(), RUNS, {"manifest": MANIFEST + 'permissions = ["run"]'}),
        ({"sdk-only"}, OPERATION + "def later():\n    import ucs_core\n", {}),
        ({"sdk-only"}, OPERATION + "from ucs_capability_echo import Words\n", {}),
        ({"sdk-only"}, OPERATION + "import yaml\n", {}),
        (set(), OPERATION + "import yaml\n", {"project": PROJECT.replace('"ucs-sdk"', '"ucs-sdk", "PyYAML>=6"')}),
        ({"platform-time"}, OPERATION + "from datetime import datetime\ndef now():\n    return datetime.now()\n", {}),
        ({"platform-time"}, OPERATION + "from time import sleep as nap\ndef wait():\n    nap(1)\n", {}),
        ({"platform-time"}, OPERATION + "import time as t\ndef wait():\n    t.sleep(1)\n", {}),
        (set(), OPERATION + "async def wait(ctx):\n    await ctx.clock.sleep(1)\n    return ctx.clock.now()\n", {}),
    ],
)
def test_a_rule_finds_what_breaks_it_and_nothing_else(judged, rules, code, more):
    verdict = judged(code, **more)
    assert broken(verdict) == rules
    assert verdict.holds is not bool(rules)
    for each in verdict.judgements:
        for finding in each.findings:
            assert finding.at.line > 0
            assert finding.problem.worded(Locale.ZH) != finding.problem.worded(Locale.EN)


def test_a_plugin_that_does_not_load_holds_no_tier(judged):
    verdict = judged("raise ValueError('no water')")
    assert verdict.reached is None
    assert not verdict.holds
    (first,) = verdict.plain(Locale.EN)["rules"][0]["findings"]
    assert first["file"].endswith("__init__.py")
    assert "no water" in first["message"]


@pytest.mark.parametrize(
    ("quality", "holds", "reached"),
    [
        ("tier: bronze\n", True, Tier.BRONZE),
        ("tier: silver\n", False, Tier.BRONZE),
        ("tier: silver\nrules:\n  described: todo\n", False, Tier.BRONZE),
        (
            "tier: gold\nrules:\n  described:\n    status: exempt\n    reason: It speaks for itself.\n",
            True,
            Tier.PLATINUM,
        ),
        ("tier: bronze\nrules:\n  described: done\n", False, Tier.BRONZE),
        ("tier: bronze\nrules:\n  described: todo\n  examples: done\n", True, Tier.BRONZE),
    ],
)
def test_a_tier_holds_as_the_author_says_or_not(judged, quality, holds, reached):
    verdict = judged(UNDESCRIBED, files={"quality.yaml": quality})
    assert (verdict.holds, verdict.reached) == (holds, reached)


def test_nobody_is_exempt_from_loading(judged):
    exempt = "tier: bronze\nrules:\n  loads:\n    status: exempt\n    reason: No.\n"
    assert not judged("raise ValueError", files={"quality.yaml": exempt}).holds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no tier"),
        ("tier: brass\n", "must be one of"),
        ("tier: bronz\n", "Did you mean bronze?"),
        ("tier: bronze\nrules:\n  test: done\n", "Did you mean tests?"),
        ("tier: bronze\nrules:\n  tests: maybe\n", "must be one of"),
        ("tier: bronze\nrules:\n  tests: exempt\n", "nobody says why"),
        ("tier: bronze\n  tests: done\n", "outside of `rules`"),
        ("tier: bronze\nrules:\n  tests: done\n  tests: todo\n", "twice"),
        ("tier: bronze\nother: 1\n", "not taken here"),
        ("- tier\n", "not taken here"),
    ],
)
def test_a_quality_file_that_cannot_be_read_names_the_line(tmp_path, text, said):
    (tmp_path / "quality.yaml").write_text(text)
    with pytest.raises(UcsError) as caught:
        read_quality(tmp_path, NAMES)
    assert caught.value.reason == "QUALITY_WRONG"
    assert said in caught.value.message()


def test_what_is_read_is_what_yaml_says(tmp_path):
    text = (
        "# How good it is.\ntier: gold  # for now\n\nrules:\n  tests: done\n  examples: 'todo'\n"
        '  described:\n    status: exempt\n    reason: "No: it is plain."\n'
    )
    (tmp_path / "quality.yaml").write_text(text)
    said = yaml.safe_load(text)
    quality = read_quality(tmp_path, NAMES)
    assert quality.tier.word == said["tier"]
    for name, stated in said["rules"].items():
        plain = stated if isinstance(stated, dict) else {"status": stated, "reason": ""}
        assert {"status": quality.rules[name].status, "reason": quality.rules[name].reason} == plain


def test_the_answer_in_json_says_all_and_the_exit_code_whether_it_holds(plugin_folder, capsys):
    folder = plugin_folder(UNDESCRIBED, head=SOUND_HEAD, files=SOUND_FILES)
    assert main(["plugin", "check", str(folder), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["declared"], said["reached"], said["holds"]) == ("platinum", "bronze", False)
    assert [each["rule"] for each in said["rules"]] == NAMES
    (rule,) = [each for each in said["rules"] if not each["holds"]]
    assert (rule["rule"], rule["tier"], rule["findings"][0]["file"][-11:]) == ("described", "silver", "__init__.py")
    (folder / "quality.yaml").write_text("tier: bronze\n")
    assert main(["plugin", "check", str(folder), "--json"]) == 0


@pytest.mark.parametrize("locale", [*Locale])
def test_a_person_is_told_which_rules_do_not_hold(judged, locale, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", locale)
    lines = report(judged(UNDESCRIBED), locale).splitlines()
    assert len([line for line in lines if line.startswith("✓")]) == 11
    assert any(line.startswith("✗ silver   described") for line in lines)
    assert ("不成立" in lines[-1]) is (locale is Locale.ZH)


def test_nothing_is_left_behind_in_the_folder(plugin_folder):
    folder = plugin_folder(OPERATION, head=SOUND_HEAD, files=SOUND_FILES)
    before = sorted(folder.rglob("*"))
    check(folder)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("folder", sorted(CAPABILITIES.glob("*/quality.yaml"), key=str))
def test_our_own_capabilities_hold_platinum(folder):
    verdict = check(folder.parent)
    assert verdict.declared is Tier.PLATINUM
    assert verdict.holds, report(verdict, Locale.EN)
