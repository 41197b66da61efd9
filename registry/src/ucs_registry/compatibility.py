"""Whether a new version of a type takes everything that the version before it takes, and where it does not.

Two schemas are compared place by place. What is found compatible is: every value that satisfies the old schema satisfies the
new one. The other way round, what cannot be told from the schemas alone counts as a break, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ucs_registry.schema_forms import (
    ALL_TYPES,
    Form,
    additional,
    field_of,
    form_of,
    item_at,
    member_among,
    rest_of,
    same,
    types_of,
)
from ucs_registry.specs import quick_validator
from ucs_registry.types import ResourceType
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import BreakKind

BREAKS_MOST = 100
"""How many breaks are named; a schema that has more is another schema."""

COMPARISONS_MOST = 20_000
"""How many pairs of places are looked at, alternatives included, before the rest counts as unjudged."""

_SHOWN_MOST = 80

_LENGTHS = {"minLength": "string", "minItems": "array", "minProperties": "object"}
_CEILINGS = {"maxLength": "string", "maxItems": "array", "maxProperties": "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Something that the version before takes and the new one may refuse. `path` begins with `spec`, `members` or `kind`."""

    path: str
    kind: BreakKind
    problem: Phrase


def breaks_between(old: ResourceType, new: ResourceType) -> list[Break]:
    """What breaks when a new version takes the place of an old one; nothing when all that was taken still is."""
    found = []
    if old.kind is not new.kind:
        problem = Phrase("break-kind", before=old.kind.value, now=new.kind.value)
        found.append(Break(path="kind", kind=BreakKind.KIND_CHANGED, problem=problem))
    found += schema_breaks(old.schema, new.schema, "spec")
    if new.members is not None:
        before = "plain" if old.members is None else old.members.code.value
        if new.members.code.value not in ("plain", before):
            problem = Phrase("break-coding", before=before, now=new.members.code.value)
            found.append(Break(path="members.code", kind=BreakKind.CODING_CHANGED, problem=problem))
        attributes = {"type": "object"} if old.members is None else old.members.schema
        found += schema_breaks(attributes, new.members.schema, "members")
    return found[:BREAKS_MOST]


def schema_breaks(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> list[Break]:
    """What a schema takes and another may refuse. Both are such as `schema_rules` lets pass."""
    comparison = Comparison()
    comparison.compare(form_of(old), form_of(new), path)
    found = comparison.found[:BREAKS_MOST]
    if comparison.exhausted:
        problem = Phrase("break-too-much", most=COMPARISONS_MOST)
        found.insert(0, Break(path=path, kind=BreakKind.UNJUDGED, problem=problem))
    return found


class Comparison:
    """A walk over two schemas at once; `found` grows on the way."""

    def __init__(self) -> None:
        self.found: list[Break] = []
        self._left = COMPARISONS_MOST

    def compare(self, old: Form, new: Form, path: str) -> None:
        """Note what the old form takes and the new one may refuse."""
        self._left -= 1
        if self.exhausted or len(self.found) > BREAKS_MOST:
            return
        if old is False or same(old, new):
            return
        if new is False:
            self._note(path, BreakKind.FIELD_REMOVED, "break-removed")
        elif "enum" in old:
            self._values(old, new, path)
        else:
            self._types(old, new, path)
            self._numbers(old, new, path)
            self._lengths(old, new, path)
            self._texts(old, new, path)
            self._items(old, new, path)
            self._fields(old, new, path)
            self._required(old, new, path)
            self._combined(old, new, path)
            self._alike(old, new, path)

    @property
    def exhausted(self) -> bool:
        """Whether there was more to compare than is compared."""
        return self._left < 0

    def _values(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        """A finite set of values: each is tried."""
        taken, takes = quick_validator(old).is_valid, quick_validator(new).is_valid
        lost = [value for value in old["enum"] if taken(value) and not takes(value)]
        if lost:
            self._note(path, BreakKind.VALUE_REMOVED, "break-values", values=list(map(_shown, lost[:5])))

    def _types(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        if "enum" in new:
            values = list(map(_shown, new["enum"][:5]))
            self._note(path, BreakKind.VALUE_REMOVED, "break-listed", values=values)
        taken = types_of(new)
        lost = [type for type in types_of(old) if not member_among(type, taken)]
        if lost:
            phrase = "break-type-new" if types_of(old) == ALL_TYPES else "break-type"
            before, now = "/".join(types_of(old)), "/".join(taken)
            self._note(path, BreakKind.TYPE_NARROWED, phrase, before=before, now=now)

    def _numbers(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        if not {"number", "integer"} & set(types_of(old)):
            return
        for name, mirror in (("minimum", 1), ("maximum", -1)):
            strict = f"exclusive{name.capitalize()}"
            least, above = (None if key not in old else mirror * old[key] for key in (name, strict))
            if name in new:
                now = mirror * new[name]
                if not (_reaches(least, now) or _reaches(above, now)):
                    self._bound(old, new, path, name)
            if strict in new:
                now = mirror * new[strict]
                if not ((least is not None and least > now) or _reaches(above, now)):
                    self._bound(old, new, path, strict)
        step = new.get("multipleOf")
        if step is not None and not _multiple(old, step):
            self._bound(old, new, path, "multipleOf")

    def _lengths(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        live = types_of(old)
        for name, type in _LENGTHS.items():
            if name in new and type in live and not self._at_least(old, name) >= new[name]:
                self._bound(old, new, path, name)
        for name, type in _CEILINGS.items():
            if name in new and type in live and not self._at_most(old, name) <= new[name]:
                self._bound(old, new, path, name)
        if new.get("uniqueItems") and "array" in live and not old.get("uniqueItems"):
            self._bound(old, new, path, "uniqueItems")

    def _at_least(self, old: dict[str, Any], name: str) -> float:
        stated: float = old.get(name, 0)
        return max(stated, len(old.get("required", ()))) if name == "minProperties" else stated

    def _at_most(self, old: dict[str, Any], name: str) -> float:
        stated: float = old.get(name, float("inf"))
        if name == "maxProperties" and additional(old) is False:
            return min(stated, len(old.get("properties", {})))
        return stated

    def _texts(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        if "string" not in types_of(old):
            return
        for name in ("pattern", "format"):
            if name in new and old.get(name) != new[name]:
                before = old.get(name, "")
                phrase = "break-pattern" if before else "break-pattern-new"
                self._note(path, BreakKind.PATTERN_CHANGED, phrase, keyword=name, before=before, now=new[name])

    def _items(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        if "array" not in types_of(old):
            return
        for at in range(max(len(old.get("prefixItems", ())), len(new.get("prefixItems", ())))):
            self.compare(item_at(old, at), item_at(new, at), f"{path}[{at}]")
        self.compare(rest_of(old), rest_of(new), f"{path}[]")

    def _fields(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        if "object" not in types_of(old):
            return
        for name in sorted({*old.get("properties", ()), *new.get("properties", ())}):
            self.compare(field_of(old, name), field_of(new, name), f"{path}.{name}")
        others = additional(old)
        if others is not False and additional(new) is False:
            self._note(path, BreakKind.FIELD_REMOVED, "break-closed")
        else:
            self.compare(others, additional(new), f"{path}.*")
        if "propertyNames" in new:
            names = {"allOf": [{"type": ["string"]}, old.get("propertyNames", {})]}
            self._implied(names, new["propertyNames"], path, "propertyNames")

    def _required(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        if "object" not in types_of(old):
            return
        present = set(old.get("required", ()))
        for name in sorted(set(new.get("required", ())) - present):
            self._note(f"{path}.{name}", BreakKind.FIELD_REQUIRED, "break-required")
        for given, names in new.get("dependentRequired", {}).items():
            along = present | set(old.get("dependentRequired", {}).get(given, ()))
            for name in sorted(set(names) - along):
                self._note(f"{path}.{name}", BreakKind.FIELD_REQUIRED, "break-required-with", given=given)

    def _combined(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        """All of some schemas, or any of them."""
        parts = [old, *old.get("allOf", ())]
        for branch in new.get("allOf", ()):
            if not any(self._covered(part, branch) for part in parts):
                self.compare(old, branch, path)
        branches = new.get("anyOf", ())
        if branches and not any(self._covered(old, branch) for branch in branches):
            taken = old.get("anyOf") or [old]
            if not all(any(self._covered(part, branch) for branch in branches) for part in taken):
                self._note(path, BreakKind.UNJUDGED, "break-unjudged", keyword="anyOf")

    def _alike(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        """What is compatible only where nothing about it changed."""
        for names in (("oneOf",), ("not",), ("if", "then", "else"), ("contains", "minContains", "maxContains")):
            if names[0] in new and not same(_only(old, names), _only(new, names)):
                self._note(path, BreakKind.UNJUDGED, "break-unjudged", keyword=names[0])

    def _implied(self, old: Form, new: Form, path: str, keyword: str) -> None:
        if not any(self._covered(part, new) for part in (old, *old["allOf"])):
            self._note(path, BreakKind.UNJUDGED, "break-unjudged", keyword=keyword)

    def _covered(self, old: Form, new: Form) -> bool:
        """Whether one form takes all that another takes, as far as can be told."""
        trial = type(self)()
        trial._left = self._left
        trial.compare(old, new, "")
        self._left = trial._left
        return not trial.found and not trial.exhausted

    def _bound(self, old: Mapping[str, Any], new: Mapping[str, Any], path: str, name: str) -> None:
        before, now = _shown(old.get(name)), _shown(new[name])
        phrase = "break-bound" if name in old else "break-bound-new"
        self._note(path, BreakKind.BOUND_TIGHTENED, phrase, keyword=name, before=before, now=now)

    def _note(self, path: str, kind: BreakKind, phrase: str, **fields: object) -> None:
        self.found.append(Break(path=path, kind=kind, problem=Phrase(phrase, **fields)))


def _reaches(bound: float | None, asked: float) -> bool:
    return bound is not None and bound >= asked


def _multiple(old: Mapping[str, Any], step: float) -> bool:
    """Whether what an old form takes is a multiple of a step. Fractions are compared for equality alone."""
    before = old.get("multipleOf")
    if before == step:
        return True
    if not isinstance(step, int) or (before is not None and not isinstance(before, int)):
        return False
    return (before is not None and before % step == 0) or (step == 1 and "number" not in types_of(old))


def _only(form: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: form[name] for name in names if name in form}


def _shown(value: object) -> str:
    text = "–" if value is None else orjson.dumps(value).decode()
    return text if len(text) <= _SHOWN_MOST else f"{text[: _SHOWN_MOST - 1]}…"
