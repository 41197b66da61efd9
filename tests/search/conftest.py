"""A labelled search set: documents about planted concepts, and queries that ask for them in words of their own.

A concept has names; a document is about one concept and calls it by one of its names, in wording that no query has, and a
query asks for one concept or a family of them, in wording that no document has. What is relevant is known from what was
planted, and from nothing that a search looks at. So a document that calls its concept by a synonym is relevant to a query
that never mentions it, and a word of one concept within a word of another is noise: neither figure is 1 by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from ucs_registry.resources import Resource, Summary
from ucs_registry.testing import a_resource


@dataclass(frozen=True, kw_only=True)
class Concept:
    """What a document can be about: what it is called, most usual names first, and to which family it belongs."""

    key: str
    family: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


def _concept(key: str, family: str, zh: str, en: str) -> Concept:
    return Concept(key=key, family=family, zh=tuple(zh.split()), en=tuple(en.split("/")))


CONCEPTS = (
    _concept("ponding", "水", "积水点 内涝", "waterlogging/ponding"),
    _concept("river", "水", "河道水位", "river level"),
    _concept("reservoir", "水", "水库库容", "reservoir storage"),
    _concept("tap", "水", "自来水压力 供水压力", "tap pressure/supply pressure"),
    _concept("sewage", "水", "污水处理", "sewage treatment"),
    _concept("bus", "车", "公交车到站", "bus arrival"),
    _concept("parking", "车", "停车泊位 车位", "parking space/parking lot"),
    _concept("charging", "车", "充电桩 充电站", "charging pile/charging station"),
    _concept("taxi", "车", "出租车轨迹", "taxi trace"),
    _concept("signal", "路", "路口信号灯 红绿灯", "traffic signal/traffic light"),
    _concept("camera", "路", "道路视频", "road camera"),
    _concept("pavement", "路", "路面病害", "pavement defect"),
    _concept("air", "气", "空气质量", "air quality"),
    _concept("gas", "气", "燃气泄漏", "gas leak"),
    _concept("weather", "气", "气象预警", "weather warning"),
    _concept("permit", "证", "食品经营许可证", "food permit"),
    _concept("licence", "证", "营业执照", "business licence"),
    _concept("property", "证", "不动产权证", "property certificate"),
    _concept("school", "学", "中小学学位", "school place"),
    _concept("exam", "学", "学业考试成绩", "exam result"),
    _concept("clinic", "医", "医院挂号", "clinic appointment"),
    _concept("insurance", "医", "医保结算", "medical insurance"),
    _concept("fire", "火", "火灾报警 火警", "fire alarm"),
    _concept("hydrant", "火", "消火栓", "hydrant"),
    _concept("tree", "绿", "绿化树木 行道树", "street tree"),
    _concept("lamp", "灯", "路灯照明", "street lamp"),
    _concept("garbage", "垃", "垃圾清运 环卫清运", "garbage collection/waste collection"),
    _concept("hotline", "诉", "市民热线诉求", "citizen hotline"),
)

PLACES = (("市南", "Shinan"), ("市北", "Shibei"), ("李沧", "Licang"), ("崂山", "Laoshan"), ("黄岛", "Huangdao"))
DOCUMENT_TITLES = (
    ("{place}{name}一览", "{name} overview, {place}"),
    ("{place}全域{name}台账", "Register of {name}s in {place}"),
    ("{name}（{place}片区）", "{name} ({place} quarter)"),
)
DOCUMENT_SUMMARIES = (
    ("由业务系统逐日归集，按网格汇总。", "Gathered daily from operations, by grid."),
    ("经核验后发布，附统计口径。", "Published after checking, with its definitions."),
)
QUERY_WORDINGS: dict[str, Sequence[str]] = {
    "zh": ("{name}", "{place} {name}", "{name}，{place}"),
    "en": ("{name}", "{place} {name}", "{name} - {place}"),
}
QUERIES, DOCUMENTS_EACH = 200, 15
SYNONYM_SHARE = 0.12
"""How many documents call their concept by another name than the usual one."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """What is asked, of which sort the words are, and the numbers of the documents that are relevant."""

    text: str
    sort: str
    relevant: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class SearchSet:
    """The documents as resources, and the queries with their labels."""

    resources: tuple[Resource, ...]
    queries: tuple[Query, ...]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Recall and precision, each the mean over queries."""

    queries: int
    recall: float
    precision: float


def _documents(chance: Random) -> tuple[list[Resource], list[tuple[Concept, int]]]:
    resources, labels = [], []
    for concept in CONCEPTS:
        for _ in range(DOCUMENTS_EACH):
            usual = chance.random() >= SYNONYM_SHARE
            place = chance.randrange(len(PLACES))
            named = [names[0] if usual else names[-1] for names in (concept.zh, concept.en)]
            zh, en = chance.choice(DOCUMENT_TITLES)
            summary = chance.choice(DOCUMENT_SUMMARIES)
            number = len(resources) + 1
            resources.append(
                a_resource(
                    number,
                    title_zh=zh.format(place=PLACES[place][0], name=named[0]),
                    title_en=en.format(place=PLACES[place][1], name=named[1]).capitalize(),
                    summary=Summary(zh=summary[0], en=summary[1]),
                )
            )
            labels.append((concept, place))
    return resources, labels


def _about(
    labels: Iterable[tuple[Concept, int]], wanted: Callable[[Concept], bool], place: int | None
) -> frozenset[int]:
    return frozenset(
        number
        for number, (concept, there) in enumerate(labels, 1)
        if wanted(concept) and (place is None or there == place)
    )


def _queries(chance: Random, labels: list[tuple[Concept, int]]) -> list[Query]:
    queries: dict[str, Query] = {}
    families = sorted({concept.family for concept in CONCEPTS})
    for family in families:
        relevant = _about(labels, lambda concept, family=family: concept.family == family, None)
        queries[family] = Query(text=family, sort="zh 1", relevant=relevant)
    while len(queries) < QUERIES:
        concept, language = chance.choice(CONCEPTS), chance.choice(("zh", "zh", "en"))
        name = concept.zh[0] if language == "zh" else concept.en[0]
        sort = language
        if language == "zh":
            cut = chance.choice((2, 2, len(name)))
            name, sort = name[:cut], "zh 2" if cut == 2 else "zh 3+"
        elif chance.random() < 0.4:
            # Found by its beginning, as people type it.
            name = name[: max(4, len(name) - 2)]
        wording = chance.choice(QUERY_WORDINGS[language])
        place = chance.randrange(len(PLACES))
        told = PLACES[place][language == "en"]
        text = wording.format(name=name, place=told)
        where = place if "{place}" in wording else None
        relevant = _about(labels, lambda other, concept=concept: other is concept, where)
        if relevant:
            queries.setdefault(text, Query(text=text, sort=sort, relevant=relevant))
    return list(queries.values())


def quality(answers: Iterable[tuple[Query, set[int]]]) -> dict[str, Quality]:
    """Recall and precision for each sort of query, and for all. What finds nothing is as precise as it is complete."""
    told: dict[str, list[tuple[float, float]]] = {}
    for query, found in answers:
        hits = len(found & query.relevant)
        figures = (hits / len(query.relevant), hits / len(found) if found else 0.0)
        for sort in (query.sort, "all"):
            told.setdefault(sort, []).append(figures)
    return {
        sort: Quality(
            queries=len(each),
            recall=round(sum(recall for recall, _ in each) / len(each), 3),
            precision=round(sum(precision for _, precision in each) / len(each), 3),
        )
        for sort, each in sorted(told.items())
    }


@pytest.fixture(scope="session")
def search_set() -> SearchSet:
    """The same documents and queries in every run."""
    chance = Random(200)
    resources, labels = _documents(chance)
    return SearchSet(resources=tuple(resources), queries=tuple(_queries(chance, labels)))


@pytest.fixture(scope="session")
def measured() -> Callable[..., Any]:
    return quality


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """A fresh database of the sort that the test names."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found
