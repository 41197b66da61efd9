"""Promise 14 for types and vocabularies: every call leaves exactly one entry, and both doors answer and refuse alike."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from ucs_core.graphql.schema import build_schema, core_schema
from ucs_core.platform import Platform, build_platform
from ucs_core.platform.pipeline import Pipeline
from ucs_registry.log import Outcome
from ucs_registry.types import built_in_types
from ucs_sdk.errors import Invalid, UcsError

SERVICE = "ucs.registry.v1.TypeService"
DOORS = ("grpc", "graphql")
SPEC = {"type": "object", "properties": {"level": {"type": "number"}, "unit": {"enum": ["m", "cm"]}}}
STRICT = SPEC | {"required": ["level"]}
MEMBERS = {"code": "gb28181", "schema": {"type": "object"}}


def a_type(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "kind": "data", "title": {"zh": "水位站", "en": "Gauge"}, "schema": SPEC} | more


def a_vocabulary(id: str, **more: Any) -> dict[str, Any]:
    terms = [
        {"id": "cold", "title": {"zh": "冷", "en": "Cold"}},
        {"id": "winter", "title": {"zh": "冬", "en": "Winter"}, "broader": "cold"},
    ]
    return {"id": id, "title": {"zh": "季", "en": "Season"}, "terms": terms, "closed": True} | more


async def put_type(city: Any, way: str, who: str, type: Any, **more: Any) -> Any:
    """Enter a type at a door."""
    if way == "grpc":
        return await city.doors.rpc(who, f"{SERVICE}.PutType", {"type": type} | more)
    return await city.doors.field("mutation", who, "putType", {"input": type} | more)


async def put_vocabulary(city: Any, way: str, who: str, vocabulary: Any, **more: Any) -> Any:
    """Enter a vocabulary at a door."""
    if way == "grpc":
        return await city.doors.rpc(who, f"{SERVICE}.PutVocabulary", {"vocabulary": vocabulary} | more)
    return await city.doors.field("mutation", who, "putVocabulary", {"input": vocabulary} | more)


def trials(way: str) -> list[tuple[str, Any, str, Any, dict[str, Any], str | None]]:
    """Calls to every end: the verb, who calls, what is put, what else is said, and why it is refused.

    They follow each other: each is made on what the ones before it left.
    """
    types, words = f"t_{way}", f"v_{way}"
    lax = a_type(types, schema={"type": "array"})
    return [
        ("types.put", put_type, "clerk", a_type(types), {}, "DENIED_THERE"),
        ("types.put", put_type, "keeper", a_type(types), {}, "DENIED_THERE"),
        ("types.put", put_type, "founder", a_type(types, members=MEMBERS), {}, None),
        ("types.put", put_type, "founder", a_type(types), {}, "ETAG_MISSING"),
        ("types.put", put_type, "founder", a_type(types), {"etag": "v2"}, "ETAG_STALE"),
        ("types.put", put_type, "founder", a_type(f"{types}x"), {"etag": "v1"}, "ETAG_STALE"),
        ("types.put", put_type, "founder", a_type(types, members=MEMBERS), {"etag": "v1"}, "NOTHING_CHANGED"),
        ("types.put", put_type, "founder", a_type(types, schema=STRICT), {"etag": "v1"}, "TYPE_INCOMPATIBLE"),
        ("types.put", put_type, "founder", a_type(types, schema=STRICT), {"etag": "v1", "breaking": True}, None),
        ("types.put", put_type, "founder", lax, {"etag": "v2"}, "SCHEMA_INVALID"),
        ("types.put", put_type, "founder", a_type("Upper"), {}, "FIELD_PATTERN"),
        ("types.put", put_type, "founder", a_type(types), {"request_id": "has a space"}, "REQUEST_ID_INVALID"),
        ("vocabularies.put", put_vocabulary, "clerk", a_vocabulary(words), {}, "DENIED_THERE"),
        ("vocabularies.put", put_vocabulary, "founder", a_vocabulary(words), {}, None),
        ("vocabularies.put", put_vocabulary, "founder", a_vocabulary(words), {}, "ETAG_MISSING"),
        ("vocabularies.put", put_vocabulary, "founder", a_vocabulary(words), {"etag": "v9"}, "ETAG_STALE"),
        ("vocabularies.put", put_vocabulary, "founder", a_vocabulary(words), {"etag": "v1"}, "NOTHING_CHANGED"),
        ("vocabularies.put", put_vocabulary, "founder", a_vocabulary(words, terms=[]), {"etag": "v1"}, None),
        (
            "vocabularies.put",
            put_vocabulary,
            "founder",
            a_vocabulary(words, terms=a_vocabulary("x")["terms"] * 2),
            {"etag": "v2"},
            "TERM_REPEATED",
        ),
    ]


async def traces(city: Any, way: str) -> list[str]:
    """What is wrong with the answers and the traces of all trials at a door."""
    found = []
    for number, (verb, put, who, what, more, reason) in enumerate(trials(way)):
        async with city.store.read() as reader:
            position, stamp = reader.head.position, reader.types_stamp
        told = None
        try:
            await put(city, way, who, what, **more)
        except UcsError as refusal:
            told = refusal.reason
        async with city.store.read() as reader:
            left, changed = await reader.log(after=position, first=10), reader.types_stamp != stamp
        place = f"{number} {verb} at the {way} door"
        if told != reason:
            found.append(f"{place}: the answer was {told}, not {reason}")
        if changed is not (reason is None):
            found.append(f"{place}: it {'changed' if changed else 'did not change'} something")
        outcome = Outcome.ACCEPTED if reason is None else Outcome.REFUSED
        object = f"{verb.split('.')[0]}/{what['id']}"
        wished = [(f"principals/{who}", verb, city.call_id, outcome, reason, object)]
        said = [(e.actor, e.verb, e.call_id, e.outcome, e.reason, e.object) for e in left]
        if said != wished:
            found.append(f"{place}: the log says {said}")
        found += [f"{place}: without states" for e in left if (e.after is not None) is not (reason is None)]
    return found


@pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"])
async def test_every_call_leaves_its_entry(request, open_city, open_store_of, findings, url):
    async with open_store_of(request.getfixturevalue(url)) as store, open_city(store) as city:
        found = [problem for way in DOORS for problem in await traces(city, way)]
        findings.tried += 2 * len(trials("grpc"))
        findings.expect_none(found)


class ForgetsWhatIsInvalid(Pipeline):
    """The twin: what cannot be right is refused before anybody thinks of the log."""

    async def _log_refusal(self, call: Any, mutation: Any, refusal: UcsError) -> None:
        if not isinstance(refusal, Invalid):
            await super()._log_refusal(call, mutation, refusal)


async def test_a_pipeline_that_forgets_invalid_calls_is_found(open_city, open_store_of, sqlite_url, findings):
    def build(store: Any, verifier: Any, *, origin: str) -> Platform:
        platform = build_platform(store, verifier, origin=origin)
        platform.pipeline.__class__ = ForgetsWhatIsInvalid
        return platform

    async with open_store_of(sqlite_url) as store, open_city(store, build=build) as city:
        findings.tried += len(trials("grpc"))
        findings.expect_caught("forgets what is invalid", await traces(city, "grpc"))


def alike(answers: list[Any]) -> Any:
    """The one answer of both doors."""
    assert answers[0] == answers[1]
    return answers[0]


async def at_both(city: Any, method: str, field: str, wire: Any, values: Any, who: str = "outsider") -> Any:
    """The answer to a question, which both doors give alike."""
    answers = [
        await city.doors.rpc(who, f"{SERVICE}.{method}", wire),
        await city.doors.field("query", who, field, values),
    ]
    return alike(list(map(_in_one_wording, answers)))


_OTHERWISE = {
    "create_time": "created_at",
    "creator": "created_by",
    "update_time": "updated_at",
    "updater": "updated_by",
}
_LISTS = ("types", "vocabularies")


def _in_one_wording(answer: Any) -> Any:
    """An answer of either door in the words of the other, where they differ by the habits of the wire."""
    if isinstance(answer, list):
        return [_in_one_wording(part) for part in answer]
    if not isinstance(answer, dict):
        return answer
    made = {_OTHERWISE.get(key, key): _in_one_wording(part) for key, part in answer.items() if key != "next"}
    for name in _LISTS:
        if name in made:
            made["nodes"] = made.pop(name)
    return made


async def test_both_doors_tell_the_same_of_types_and_vocabularies(city):
    put = partial(put_type, city, "grpc", "founder")
    await put(a_type("gauge", members=MEMBERS))
    await put(a_type("gauge", schema=STRICT), etag="v1", breaking=True)
    await put_vocabulary(city, "graphql", "founder", a_vocabulary("season"))
    gauge = await at_both(city, "GetType", "type", {"name": "types/gauge"}, {"id": "gauge"})
    assert (gauge["version"], gauge["etag"], gauge["created_by"]) == (2, "v2", "principals/founder")
    first = await at_both(
        city, "GetType", "type", {"name": "types/gauge", "version": 1}, {"id": "types/gauge", "version": 1}
    )
    assert first["members"]["code"] == "gb28181"
    types = await _typed(city, {"page_size": 3})
    assert [node["id"] for node in types] == [f"types/{id}" for id in sorted([*built_in_types(), "gauge"])[:3]]
    versions = await at_both(city, "ListTypeVersions", "typeVersions", {"name": "types/gauge"}, {"id": "gauge"})
    assert [node["version"] for node in versions["nodes"]] == [2, 1]
    season = await at_both(city, "GetVocabulary", "vocabulary", {"name": "vocabularies/season"}, {"id": "season"})
    assert [term["broader"] for term in season["terms"] if "broader" in term] == ["cold"]
    words = await at_both(city, "ListVocabularies", "vocabularies", {}, {})
    assert [node["id"] for node in words["nodes"]] == ["vocabularies/season", "vocabularies/theme"]


async def _typed(city: Any, wire: dict[str, Any]) -> list[Any]:
    values = {"first": wire["page_size"]}
    # The wire calls a list by what is in it, and `types` is no list of access.
    answers = [
        (await city.doors.rpc("outsider", f"{SERVICE}.ListTypes", wire))["types"],
        (await city.doors.field("query", "outsider", "types", values))["nodes"],
    ]
    told = ("id", "version", "kind", "title", "etag")
    return alike([[{name: node[name] for name in told} for node in nodes] for nodes in answers])


async def test_both_doors_tell_the_same_of_what_a_version_breaks(city):
    await put_type(city, "grpc", "founder", a_type("gauge"))
    said = {"etag": "v1", "breaking": True, "validate_only": True}
    answers = [await put_type(city, way, "founder", a_type("gauge", schema=STRICT), **said) for way in DOORS]
    for answer in answers:
        answer.pop("type")
    assert alike(answers)["breaks"] == [
        {
            "path": "spec.level",
            "kind": "field_required",
            "problem": {"zh": "变为必填", "en": "it is required now"},
        }
    ]


@pytest.mark.parametrize("way", DOORS)
async def test_a_repeated_call_gets_the_answer_of_the_first(city, way):
    said = {"request_id": "once"}
    first = await put_type(city, way, "founder", a_type("gauge"), **said)
    async with city.store.read() as reader:
        position = reader.head.position
    assert await put_type(city, way, "founder", a_type("gauge"), **said) == first
    async with city.store.read() as reader:
        assert reader.head.position == position


REFUSED = [
    ("GetType", "type", {"name": "types/nothing"}, {"id": "nothing"}, "NOT_FOUND"),
    ("GetType", "type", {"name": "x" * 5_000}, {"id": "x" * 5_000}, "NOT_FOUND"),
    ("GetType", "type", {"name": "types/dataset", "version": 2}, {"id": "dataset", "version": 2}, "NOT_FOUND"),
    ("GetType", "type", {"name": "types/dataset", "version": -1}, {"id": "dataset", "version": -1}, "NOT_FOUND"),
    ("ListTypes", "types", {"page_size": 201}, {"first": 201}, "PAGE_SIZE_INVALID"),
    ("ListTypes", "types", {"page_size": -1}, {"first": -1}, "PAGE_SIZE_INVALID"),
    ("ListTypeVersions", "typeVersions", {"name": "types/nothing"}, {"id": "nothing"}, "NOT_FOUND"),
    ("ListTypeVersions", "typeVersions", {"name": "x", "page_token": "x"}, {"id": "x", "after": "x"}, "CURSOR_INVALID"),
    ("GetVocabulary", "vocabulary", {"name": "vocabularies/nothing"}, {"id": "nothing"}, "NOT_FOUND"),
    ("ListVocabularies", "vocabularies", {"page_size": -1}, {"first": -1}, "PAGE_SIZE_INVALID"),
]


async def test_both_doors_refuse_alike(city, refusal):
    for method, field, wire, values, reason in REFUSED:
        at_one = await refusal(city.doors.rpc("outsider", f"{SERVICE}.{method}", wire))
        at_other = await refusal(city.doors.field("query", "outsider", field, values))
        assert (at_one.reason, at_other.reason) == (reason, reason), (method, wire)


async def test_a_page_goes_on_behind_its_cursor_at_both_doors(city):
    seen: dict[str, list[str]] = {way: [] for way in DOORS}
    token = ""
    while True:
        page = await city.doors.rpc("outsider", f"{SERVICE}.ListTypes", {"page_size": 7, "page_token": token})
        seen["grpc"] += [node["id"] for node in page["types"]]
        token = page.get("next_page_token") or page.get("next") or ""
        if not token:
            break
    after = None
    while True:
        page = await city.doors.field("query", "outsider", "types", {"first": 7, "after": after})
        seen["graphql"] += [node["id"] for node in page["nodes"]]
        after = page.get("next")
        if not after:
            break
    assert seen["grpc"] == seen["graphql"] == [f"types/{id}" for id in sorted(built_in_types())]


async def test_a_tag_of_a_closed_vocabulary_is_refused_where_a_resource_is_entered(city):
    with pytest.raises(UcsError) as refused:
        await city.platform.resources.create(
            city.call("founder"),
            {
                "code": "G-1",
                "kind": "data",
                "type": "dataset",
                "owner": "water",
                "content": {
                    "title": {"zh": "甲", "en": "A"},
                    "summary": {"zh": "甲", "en": "A"},
                    "share_type": "unconditional",
                    "data_level": "l1",
                    "tags": ["theme:helth"],
                    "spec": {"items": [{"name": "a", "title": "甲", "data_type": "string"}]},
                },
            },
        )
    assert (refused.value.reason, refused.value.fields["near"]) == ("TAG_UNKNOWN", ["theme:health"])


def test_every_mutation_about_types_is_tried() -> None:
    fields = core_schema(build_schema()).mutation_type.fields
    assert {name for name in fields if name.startswith("put") and name != "putMembers"} == {"putType", "putVocabulary"}
