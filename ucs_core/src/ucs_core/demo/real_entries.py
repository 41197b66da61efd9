"""The real resources of the demo city, read from `entries/`: what public texts say that Qingdao has.

Titles, figures and dependencies follow the source named in each row. Share type, level, cycle and the information items
of data sets are assumptions of the demo; rows whose items are assumed say so in `spec.remark`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from ulid import ULID

from ucs_core.demo.organizations import organizations
from ucs_registry.catalog import ImportedResource
from ucs_registry.organizations import Bilingual
from ucs_registry.resources import Dependency, ResourceContent, Summary
from ucs_registry.types import built_in_types
from ucs_sdk.vocabulary import DataLevel, DependencyRelation, OpenType, ShareType, UpdateCycle

# Dependencies point backwards: what others need comes first.
ENTRY_FILES = (
    "infrastructure",
    "data-city",
    "data-departments",
    "components",
    "applications-city",
    "applications-services",
    "applications-shinan",
)

ID_TIMESTAMP_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: the ids of the demo city count up from this instant, so that two runs give the same ids."""

ASSUMED_CONDITION = "演示假设：说明用途并经提供方同意 (demo assumption: state the purpose; the provider agrees)"
ASSUMED_ITEMS = "演示假设：原文未列信息项 (demo assumption: the source lists no information items)"

_TYPES_WITH_ASSUMED_ITEMS = {"dataset", "data_stream"}


@cache
def real_resources() -> tuple[ImportedResource, ...]:
    """The real resources, each behind those that it depends on."""
    sources: dict[str, str] = yaml.safe_load(_text("sources"))
    regions = {organization.id: organization.region_code for organization in organizations()}
    rows: list[dict[str, Any]] = [row for name in ENTRY_FILES for row in yaml.safe_load(_text(name))]
    return tuple(_resource(row, regions[row["owner"]], sources[row["source"]]) for row in rows)


def real_id(code: str) -> str:
    """The ULID of a real resource, made from its code."""
    entropy = hashlib.sha256(code.encode()).digest()[:10]
    return str(ULID.from_bytes(ID_TIMESTAMP_MS.to_bytes(6, "big") + entropy))


def _resource(row: dict[str, Any], region: str | None, source: str) -> ImportedResource:
    title_zh, summary_zh = row["zh"]
    title_en, summary_en = row["en"]
    share = ShareType(row["share"])
    return ImportedResource(
        id=real_id(row["code"]),
        code=row["code"],
        kind=built_in_types()[row["type"]].kind,
        type=row["type"],
        owner=row["owner"],
        content=ResourceContent(
            title=Bilingual(zh=title_zh, en=title_en),
            summary=Summary(zh=summary_zh, en=summary_en),
            tags=tuple(row["tags"]),
            region_code=region,
            share_type=share,
            share_condition=ASSUMED_CONDITION if share is ShareType.CONDITIONAL else None,
            open_type=OpenType(row.get("open", "none")),
            data_level=DataLevel(row["level"]),
            update_cycle=UpdateCycle(row.get("cycle", "irregular")),
            dependencies=tuple(_dependencies(row.get("needs", {}))),
            source=source,
            spec=_spec(row),
        ),
    )


def _spec(row: dict[str, Any]) -> dict[str, Any]:
    remarks = [row["spec"]["remark"]] if "remark" in row["spec"] else []
    if "at_least" in row:
        fields = ", ".join(row["at_least"])
        remarks.append(f"原文为“余”数，是下限：{fields} (lower bounds, the source says more than: {fields})")
    if row["type"] in _TYPES_WITH_ASSUMED_ITEMS:
        remarks.append(ASSUMED_ITEMS)
    return {**row["spec"], "remark": "; ".join(remarks)} if remarks else dict(row["spec"])


def _dependencies(needs: dict[str, list[str]]) -> Iterator[Dependency]:
    for relation, codes in needs.items():
        for code in codes:
            yield Dependency(target=f"resources/{real_id(code)}", relation=DependencyRelation(relation))


def _text(name: str) -> str:
    return files("ucs_core.demo").joinpath("entries", f"{name}.yaml").read_text("utf-8")
