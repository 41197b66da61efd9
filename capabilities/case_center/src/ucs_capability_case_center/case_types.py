"""The catalogue of case types: data that a city may replace, read and checked as a whole.

Raises Invalid that names the file and the entry, so that a city's own file is right before the plugin starts with it.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ucs_capability_case_center import refusals
from ucs_capability_case_center.clocks import Limit
from ucs_capability_case_center.vocabulary import CaseState, Condition, Severity, Source
from ucs_sdk.errors import Invalid

SHIPPED = Path(__file__).with_name("case_types.toml")

OTHER = "other"
"""The type of what is of no other type. Every catalogue has it: a report of a type that nobody knows is not lost."""

BYTES_MOST = 1_000_000
"""How large a catalogue may be, in bytes."""

CATALOGUES_MOST = 8
"""How many catalogues are remembered; a platform uses one."""


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Titled(_Stated):
    """A title in both languages."""

    zh: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=100)


class UnitLimit(Limit):
    """How long a unit has (部门时限): by filing condition and, where one is named, for cases that are as grave as that."""

    filing: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    zh: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=100)
    severity: Severity | None = None
    source: str


class Merging(_Stated):
    """How near in space, in metres, and in time two reports are about one matter."""

    radius: float = Field(gt=0, le=5_000, allow_inf_nan=False)
    minutes: float = Field(gt=0, le=60 * 24 * 366, allow_inf_nan=False)
    source: str


class Escalation(_Stated):
    """Who is told when a part of a unit's limit has passed; `supervision` also asks the unit for a reply (督办)."""

    part: float = Field(gt=0, le=100, allow_inf_nan=False)
    tells: Literal["unit", "unit_and_center", "supervision"]
    source: str


class CaseType(_Stated):
    """A kind of matter that the city sees to (部件事件小类).

    `automatic` names the sources whose reports are accepted, filed and dispatched by rule; all others wait for a person.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")
    title: Titled
    class_: str = Field(alias="class")
    standard: str | None = Field(default=None, pattern=r"^\d{2}$")
    limits: tuple[UnitLimit, ...] = ()
    automatic: frozenset[Source] = frozenset()
    merging: Merging | None = None
    filing: tuple[Condition, ...]
    closing: tuple[Condition, ...]

    def limit(self, filing: str, severity: Severity) -> UnitLimit | None:
        """The limit for a filing condition ("" stands for the first) and a severity; one that names it comes first."""
        named = [each for each in self.limits if each.filing == (filing or self.limits[0].filing)]
        exact = [each for each in named if each.severity is severity]
        return next(iter(exact or [each for each in named if each.severity is None]), None)

    @property
    def filings(self) -> list[str]:
        """The filing conditions that there are, in their order."""
        return list(dict.fromkeys(each.filing for each in self.limits))


class CaseTypes(_Stated):
    """A whole catalogue."""

    sources: Mapping[str, str]
    steps: Mapping[CaseState, Limit]
    steps_source: str
    escalation: tuple[Escalation, ...]
    merging: Merging
    types: Mapping[str, CaseType]
    classes: Mapping[str, Titled]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        cited = [self.steps_source, self.merging.source, *(each.source for each in self.escalation)]
        for each in self.types.values():
            cited += [limit.source for limit in each.limits]
            cited += [each.merging.source] if each.merging else []
            if each.class_ not in self.classes:
                raise ValueError(f"{each.code}: no class {each.class_}")
        if missing := sorted(set(cited) - set(self.sources)):
            raise ValueError(f"no source {', '.join(missing)}")
        if OTHER not in self.types:
            raise ValueError("the type 'other' must be there")
        if [each.part for each in self.escalation] != sorted({each.part for each in self.escalation}):
            raise ValueError("the parts of the escalation must rise")
        return self

    def get(self, code: str) -> CaseType:
        """A type by its code. Raises Invalid with near codes for one that is not there."""
        found = self.types.get(code)
        if found is None:
            raise refusals.case_type_unknown(code, difflib.get_close_matches(code, self.types, n=2))
        return found

    def merging_of(self, case_type: CaseType) -> Merging:
        """How near reports of a type must be: the type's own bounds, or those for all."""
        return case_type.merging or self.merging


@lru_cache(maxsize=CATALOGUES_MOST)
def case_types(path: str = "") -> CaseTypes:
    """The catalogue in a file; the shipped one without a path. A file is read once in the life of a process."""
    file = Path(path) if path else SHIPPED
    try:
        with file.open("rb") as opened:
            raw = opened.read(BYTES_MOST + 1)
        if len(raw) > BYTES_MOST:
            raise _wrong(file, f"> {BYTES_MOST} bytes")
        return CaseTypes.model_validate(_assembled(tomllib.loads(raw.decode("utf-8"))))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise _wrong(file, str(cause)) from cause
    except ValidationError as cause:
        first = cause.errors()[0]
        raise _wrong(file, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from cause


def _assembled(stated: dict[str, Any]) -> dict[str, Any]:
    steps = dict(stated.get("steps", {}))
    source = steps.pop("source", "")
    types = stated.get("types", [])
    codes = [each.get("code") for each in types]
    if twice := sorted({str(code) for code in codes if codes.count(code) > 1}):
        raise Invalid.saying(
            "CASE_TYPE_TWICE",
            zh="案件类型 {codes} 重复定义。",
            en="These case types are defined twice: {codes}.",
            codes=twice,
        )
    return {**stated, "steps": steps, "steps_source": source, "types": dict(zip(codes, types, strict=True))}


def _wrong(file: Path, said: str) -> Invalid:
    return Invalid.saying(
        "CASE_TYPES_INVALID",
        zh="案件类型文件 {file} 有误：{said}",
        en="The file of case types {file} is wrong: {said}",
        file=str(file),
        said=said[:300],
    )
