"""The rules that plugins are judged by, each a function from what is known of a plugin to what is wrong with it."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from ucs_sdk.authoring.quality import Tier
from ucs_sdk.authoring.schemas import properties, unbounded
from ucs_sdk.authoring.source import Source
from ucs_sdk.declarations import Indicator, Layer, Operation, Schedule, SourceLine, Subscription
from ucs_sdk.manifest import Permission
from ucs_sdk.messages import Phrase
from ucs_sdk.plugins import Plugin, manifest_path
from ucs_sdk.plugins.examples import example_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Finding(NamedTuple):
    """What is wrong, and where."""

    at: SourceLine
    problem: Phrase


@dataclass(frozen=True)
class Subject:
    """A plugin that loads, and its source."""

    plugin: Plugin
    source: Source

    @property
    def manifest(self) -> SourceLine:
        """The manifest, as a place."""
        return SourceLine(str(manifest_path(self.plugin.found)), 1)

    def place(self, name: str) -> SourceLine:
        """A file of the folder, as a place."""
        return SourceLine(str(self.source.folder / name), 1)


def has_tests(subject: Subject) -> Iterator[Finding]:
    """There is a test at all."""
    if not subject.source.test_functions():
        yield Finding(subject.place("tests"), Phrase("finding-no-test"))


def two_languages(subject: Subject) -> Iterator[Finding]:
    """What people read as a title is there in Chinese and in English."""
    plugin, at = subject.plugin, subject.manifest
    titled = [("title", plugin.manifest.title, at), ("summary", plugin.manifest.summary, at)]
    pairs = [(name, each.zh, each.en, at) for name, each, at in titled]
    for cap in plugin.capabilities:
        shown: list[Operation | Indicator | Layer] = [*cap.operations.values(), *cap.indicators.values()]
        shown += cap.layers.values()
        pairs += [(cap.name, cap.title_zh, cap.title_en, cap.at)]
        pairs += [(each.name, each.title_zh, each.title_en, each.at) for each in shown]
        pairs += [(each.type, each.title_zh, each.title_en, each.at) for each in cap.emissions.values()]
    for name, zh, en, where in pairs:
        if not CHINESE.search(zh) or CHINESE.search(en) or not en.strip():
            yield Finding(where, Phrase("finding-one-language", name=name))


def described(subject: Subject) -> Iterator[Finding]:
    """What is declared says in a docstring what it does."""
    plugin = subject.plugin
    declared: list[Operation | Subscription | Schedule] = [*plugin.operations.values(), *plugin.subscriptions]
    for each in [*declared, *plugin.schedules]:
        if not each.description:
            yield Finding(each.at, Phrase("finding-undescribed", name=each.name))


def fields_described(subject: Subject) -> Iterator[Finding]:
    """Every field of a model has a Chinese title and a description."""
    for model, at in _models(subject.plugin):
        for each in properties(model.model_json_schema()):
            if not CHINESE.search(each.schema.get("title", "")) or not each.schema.get("description"):
                yield Finding(at, Phrase("finding-field", field=f"{each.model}.{each.name}"))


def bounded_inputs(subject: Subject) -> Iterator[Finding]:
    """Nobody can send any amount to an operation."""
    for each in subject.plugin.operations.values():
        for field in unbounded(each.input_schema()):
            yield Finding(each.at, Phrase("finding-unbounded", field=field))


_USES = {
    "documents": Permission.DOCUMENTS,
    "emit": Permission.EVENTS,
    "blobs": Permission.BLOBS,
    "notify": Permission.NOTIFY,
    "invoke": Permission.INVOKE,
    "sql": Permission.SQL,
    "visible": Permission.SQL,
    "secret": Permission.SECRETS,
    "mount": Permission.MOUNT,
    "every": Permission.RUN,
    "on": Permission.EVENTS,
    "emits": Permission.EVENTS,
    "collection": Permission.DOCUMENTS,
}
"""Which attribute of a context, a unit or a capability needs which permission."""

_HOOKS = {
    "ucs_run": Permission.RUN,
    "ucs_admit": Permission.ADMISSION,
    "ucs_resources": Permission.RESOURCES,
    "ucs_resource_types": Permission.TYPES,
}


def permissions_exact(subject: Subject) -> Iterator[Finding]:
    """The permissions that the manifest asks for are those that are used."""
    stated = subject.plugin.manifest.permissions
    used = {permission for hook, permission in _HOOKS.items() if hook in subject.plugin.hooks}
    for each in subject.source.attributes():
        permission = _USES.get(each.what)
        if permission and permission not in used:
            used.add(permission)
            if permission not in stated:
                at = SourceLine(str(each.file), each.line)
                yield Finding(at, Phrase("finding-permission-unstated", name=each.what, permission=permission))
    for permission in sorted(stated - used):
        yield Finding(subject.manifest, Phrase("finding-permission-unused", permission=permission))


_PLATFORM = {"ucs", "ucs_core", "ucs_registry"}
_CONTRACT = {"ucs_sdk", "pydantic", "typing_extensions"}


def sdk_only(subject: Subject) -> Iterator[Finding]:
    """What is imported is the SDK's, Python's own, or named in `pyproject.toml`."""
    declared = {_normal(each) for each in _dependencies(subject.source.folder)}
    distributions: dict[str, list[str]] | None = None
    for each in subject.source.imports():
        at = SourceLine(str(each.file), each.line)
        if each.what in _PLATFORM or (
            each.what.startswith("ucs_capability_") and each.what != subject.plugin.found.package
        ):
            yield Finding(at, Phrase("finding-platform-import", name=each.what))
        elif each.what not in {*_CONTRACT, subject.plugin.found.package, *sys.stdlib_module_names}:
            distributions = distributions or dict(importlib.metadata.packages_distributions())
            if not declared & {_normal(name) for name in distributions.get(each.what, [each.what])}:
                yield Finding(at, Phrase("finding-undeclared-import", name=each.what))


_CLOCKS = {
    "time.time",
    "time.sleep",
    "time.monotonic",
    "asyncio.sleep",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
}


def platform_time(subject: Subject) -> Iterator[Finding]:
    """No function asks another clock than the platform's."""
    for each in subject.source.calls():
        if ".".join(each.what.split(".")[-2:]) in _CLOCKS:
            yield Finding(SourceLine(str(each.file), each.line), Phrase("finding-clock", name=each.what))


def all_tested(subject: Subject) -> Iterator[Finding]:
    """Every operation, handler and schedule is named in the tests."""
    text = "\n".join(path.read_text("utf-8", errors="replace") for path in subject.source.tests)
    plugin = subject.plugin
    named: list[tuple[str, tuple[str, ...], SourceLine]] = [
        (each.name, (each.name, each.path), each.at) for each in plugin.operations.values()
    ]
    named += [(each.name, (each.name, *each.types), each.at) for each in plugin.subscriptions]
    named += [(each.name, (each.name,), each.at) for each in plugin.schedules]
    for name, spellings, at in named:
        if not any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text) for each in spellings):
            yield Finding(at, Phrase("finding-untested", name=name))


def has_examples(subject: Subject) -> Iterator[Finding]:
    """Every operation has an example of what it takes, and takes it."""
    for each in subject.plugin.operations.values():
        example = example_of(each.input)
        if example is None:
            yield Finding(each.at, Phrase("finding-no-example", name=each.input.__name__))
            continue
        try:
            each.input.model_validate(example)
        except ValidationError as error:
            said = error.errors()[0]["msg"]
            yield Finding(each.at, Phrase("finding-bad-example", name=each.input.__name__, said=said))


def has_changelog(subject: Subject) -> Iterator[Finding]:
    """The version has its entry in the changelog."""
    path = subject.source.folder / "CHANGELOG.md"
    version = subject.plugin.version
    if not path.is_file() or not re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", path.read_text("utf-8")):
        yield Finding(subject.place("CHANGELOG.md"), Phrase("finding-changelog", version=version))


class Rule(NamedTuple):
    """A rule: what it is called in `quality.yaml`, from which tier it is asked for, and what it says."""

    name: str
    tier: Tier
    says: Phrase
    judge: Callable[[Subject], Iterator[Finding]]


LOADS = "loads"
"""The rule that all others rest on: nobody is exempt from it."""

RULES = (
    Rule("tests", Tier.BRONZE, Phrase("rule-tests"), has_tests),
    Rule("two-languages", Tier.BRONZE, Phrase("rule-two-languages"), two_languages),
    Rule("described", Tier.SILVER, Phrase("rule-described"), described),
    Rule("fields-described", Tier.SILVER, Phrase("rule-fields-described"), fields_described),
    Rule("bounded-inputs", Tier.SILVER, Phrase("rule-bounded-inputs"), bounded_inputs),
    Rule("permissions-exact", Tier.SILVER, Phrase("rule-permissions-exact"), permissions_exact),
    Rule("sdk-only", Tier.GOLD, Phrase("rule-sdk-only"), sdk_only),
    Rule("platform-time", Tier.GOLD, Phrase("rule-platform-time"), platform_time),
    Rule("all-tested", Tier.GOLD, Phrase("rule-all-tested"), all_tested),
    Rule("examples", Tier.PLATINUM, Phrase("rule-examples"), has_examples),
    Rule("changelog", Tier.PLATINUM, Phrase("rule-changelog"), has_changelog),
)
"""Every rule but `loads`, from bronze to platinum."""


def _models(plugin: Plugin) -> Iterator[tuple[type[BaseModel], SourceLine]]:
    seen: set[type[BaseModel]] = set()
    stated = [(each.input, each.at) for each in plugin.operations.values()]
    stated += [(each.output, each.at) for each in plugin.operations.values()]
    stated += [(each.data, each.at) for each in plugin.subscriptions]
    stated += [(each.data, each.at) for each in plugin.emissions.values()]
    for model, at in stated:
        if model not in seen:
            seen.add(model)
            yield model, at


def _dependencies(folder: Path) -> list[str]:
    stated = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    return list(stated.get("project", {}).get("dependencies", []))


def _normal(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]).lower()
