"""The four questions, in the words of each server, and what of an answer is compared.

Q1 one resource with its owner and at least five dependencies; Q2 a page of 50 by kind and tag, last changed first, with
owners and tags; Q3 a text search: a page of 20, the total and two facets; Q4 the dependency graph three levels deep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from figures.answers import unordered
from figures.draws import drawn, words_of
from peers.copying import Rows, quoted

COUNT = 10_000
"""How many variables are drawn for each question, where the city has as many."""

DEPENDENCIES_LEAST = 5

NAMES = {
    "Q1": "Q1 one with owner and dependencies",
    "Q2": "Q2 page of 50 by kind and tag",
    "Q3": "Q3 search, page, total, facets",
    "Q4": "Q4 graph of three levels",
}

_LINK, _END = "dependencies { relation resource {", "} }"
_GRAPH = "code title { zh en }"
_PEER_LINK, _PEER_END = "dependencies { relation needed {", "} }"
_PEER_GRAPH = "code titleZh titleEn"

OURS = {
    "Q1": f"""query One($id: ID!) {{ resource(id: $id) {{ id code kind title {{ zh en }} tags
  owner {{ id title {{ zh en }} }} {_LINK} id code title {{ zh en }} {_END} }} }}""",
    "Q2": """query Listed($kind: ResourceKind!, $tag: String!) {
  resources(filter: {kind: $kind, tag: $tag}, first: 50, orderBy: updated_desc) {
    nodes { id code title { zh en } tags owner { title { zh en } } } } }""",
    "Q3": """query Found($words: String!) { resources(search: $words, first: 20, orderBy: updated_desc) { totalCount
  nodes { id code title { zh en } } facets(by: [kind, share_type]) { dimension values { value count } } } }""",
    "Q4": f"""query Graph($id: ID!) {{ resource(id: $id) {{ {_GRAPH}
  {_LINK} {_GRAPH} {_LINK} {_GRAPH} {_LINK} {_GRAPH} {_END} {_END} {_END} }} }}""",
}

PLAIN = OURS | {
    "Q2": """query Listed($kind: String!, $tag: String!) { resources: listed(kind: $kind, tag: $tag, first: 50) {
    nodes { id code title { zh en } tags owner { title { zh en } } } } }""",
    "Q3": """query Found($words: String!) { resources: found(words: $words, first: 20) { totalCount
  nodes { id code title { zh en } } facets(by: ["kind", "share_type"]) { dimension values { value count } } } }""",
}

POSTGRAPHILE = {
    "Q1": f"""query One($id: String!) {{ resourceByRowId(rowId: $id) {{ rowId code kind titleZh titleEn tags
  ownedBy {{ rowId titleZh titleEn }} {_PEER_LINK} rowId code titleZh titleEn {_PEER_END} }} }}""",
    "Q2": """query Listed($kind: String!, $tag: String!) {
  allListedsList(condition: {kind: $kind, tag: $tag}, first: 50, orderBy: PRIMARY_KEY_DESC) {
    card { rowId code titleZh titleEn tags ownedBy { titleZh titleEn } } } }""",
    "Q3": """query Found($words: String!) { searchResources(words: $words, first: 20) { totalCount
  nodes { rowId code titleZh titleEn } } searchFacetsList(words: $words) { dimension value count } }""",
    "Q4": f"""query Graph($id: String!) {{ resourceByRowId(rowId: $id) {{ {_PEER_GRAPH} {_PEER_LINK} {_PEER_GRAPH}
  {_PEER_LINK} {_PEER_GRAPH} {_PEER_LINK} {_PEER_GRAPH} {_PEER_END} {_PEER_END} {_PEER_END} }} }}""",
}

Variables = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one server is asked, and how its answers become comparable."""

    documents: Mapping[str, str]
    words: Callable[[Sequence[str]], str]
    """How it is told which words must all occur."""
    read: Callable[[Any], Any]
    """Its `data`, as ours would say it."""

    def body(self, question: str, drawn: Any) -> bytes:
        """A request's body."""
        variables = {"words": self.words(drawn)} if question == "Q3" else drawn
        return orjson.dumps({"query": self.documents[question], "variables": variables})

    def answer(self, body: bytes) -> Any:
        """What an answer says, in a form in which two servers' answers are equal when they say the same."""
        parsed = orjson.loads(body)
        if parsed.get("errors") or "data" not in parsed:
            return {"errors": parsed.get("errors", parsed)}
        # No order was asked for among links, and among values of a facet that are as many.
        return unordered(self.read(parsed["data"]), "dependencies", "facets", "values")


def same(data: Any) -> Any:
    """What needs no translation."""
    return data


def from_postgraphile(value: Any) -> Any:
    """PostGraphile's names and flat titles, as ours."""
    if isinstance(value, list):
        return [from_postgraphile(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "searchFacetsList" in value:
        found = from_postgraphile(value["searchResources"])
        return {"resources": {**found, "facets": _facets(value["searchFacetsList"])}}
    if "allListedsList" in value:
        return {"resources": {"nodes": [from_postgraphile(each["card"]) for each in value["allListedsList"]]}}
    plain = {_RENAMED.get(key, key): from_postgraphile(item) for key, item in value.items()}
    if "titleZh" in plain:
        plain["title"] = {"zh": plain.pop("titleZh"), "en": plain.pop("titleEn")}
    return plain


_RENAMED = {"rowId": "id", "ownedBy": "owner", "needed": "resource", "resourceByRowId": "resource"}


def _facets(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    dimensions: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        dimensions.setdefault(row["dimension"], []).append({"value": row["value"], "count": row["count"]})
    return [{"dimension": dimension, "values": values} for dimension, values in dimensions.items()]


UCS = Dialect(documents=OURS, words=" ".join, read=same)
PLAIN_SQLITE = Dialect(documents=PLAIN, words=lambda words: " AND ".join(f'"{word}"' for word in words), read=same)
PLAIN_POSTGRES = Dialect(documents=PLAIN, words=lambda words: " & ".join(map(quoted, words)), read=same)
GRAPHILE = Dialect(documents=POSTGRAPHILE, words=lambda words: " & ".join(map(quoted, words)), read=from_postgraphile)


def draw(rows: Rows, seed: int, count: int = COUNT) -> dict[str, list[Any]]:
    """The variables of each question: ids of resources with enough dependencies, kinds with tags, and words."""
    needs = Counter(source for source, *_ in rows.dependencies)
    rich = sorted(id for id, links in needs.items() if links >= DEPENDENCIES_LEAST)
    # What has a tag is drawn, so that tags come as often as they are used.
    listed = drawn(seed, "Q2", sorted(rows.listed), count)
    titles = sorted(row[6] for row in rows.resources)
    return {
        "Q1": [{"id": id} for id in drawn(seed, "Q1", rich, count)],
        "Q2": [{"kind": kind, "tag": tag} for tag, kind, *_ in listed],
        "Q3": words_of(seed, "Q3", titles, count),
        "Q4": [{"id": id} for id in drawn(seed, "Q4", rich, count)],
    }
