"""Documents asked for by their hash: automatic persisted queries as clients speak them, and those of an operator."""

import hashlib
import json
from pathlib import Path

import pytest

from ucs_core.graphql import GraphqlDoor
from ucs_core.graphql.persisted import FILES_MOST, KEPT_CHARACTERS, PersistedDocuments, digest_of, read_folder
from ucs_sdk.errors import Invalid, NotFound

QUERY = "query Who { viewer { id } }"
HASH = hashlib.sha256(QUERY.encode()).hexdigest()
ANSWER = {"data": {"viewer": {"id": "principals/admin"}}}


def by_hash(digest: str = HASH, version: object = 1, **more: object) -> dict[str, object]:
    return {"extensions": {"persistedQuery": {"version": version, "sha256Hash": digest}}, **more}


async def test_document_is_asked_for_by_hash_once_it_was_sent(surface, error):
    unknown = error(await surface.post(by_hash()))
    assert (unknown["status"], unknown["code"], unknown["reason"]) == (
        200,
        "PERSISTED_QUERY_NOT_FOUND",
        "PERSISTED_QUERY_NOT_FOUND",
    )
    assert HASH in unknown["messages"]["zh"]
    assert HASH in unknown["messages"]["en"]
    assert (await surface.post(by_hash(query=QUERY))).json() == ANSWER
    assert (await surface.post(by_hash())).json() == ANSWER


async def test_unknown_hash_is_not_found_for_those_who_prefer_statuses(surface, error):
    told = error(await surface.post(by_hash(), Accept="application/graphql-response+json"))
    assert (told["status"], told["code"]) == (404, "PERSISTED_QUERY_NOT_FOUND")


async def test_hash_may_be_sent_by_get(surface):
    await surface.post(by_hash(query=QUERY))
    parameters = {"extensions": json.dumps(by_hash()["extensions"]), "operationName": "Who"}
    response = await surface.http.get("/graphql", params=parameters, headers=surface.headers())
    assert response.json() == ANSWER


async def test_hash_of_another_text_is_refused_and_not_kept(surface, error):
    told = error(await surface.post(by_hash(digest_of("{ nothing }"), query=QUERY)))
    assert (told["status"], told["reason"], told["fields"]["found"]) == (200, "PERSISTED_QUERY_MISMATCH", HASH)
    assert error(await surface.post(by_hash(digest_of("{ nothing }"))))["reason"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_invalid_document_is_not_kept(surface, error):
    digest = digest_of("{ nothing }")
    assert error(await surface.post(by_hash(digest, query="{ nothing }")))["reason"] == "DOCUMENT_INVALID"
    assert error(await surface.post(by_hash(digest)))["reason"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_mutation_by_hash_is_not_run_by_get(surface, error):
    mutation = 'mutation { submitResource(id: "resources/none") { id } }'
    await surface.post(by_hash(digest_of(mutation), query=mutation))
    parameters = {"extensions": json.dumps(by_hash(digest_of(mutation))["extensions"])}
    told = error(await surface.http.get("/graphql", params=parameters, headers=surface.headers()))
    assert (told["status"], told["reason"]) == (405, "MUTATION_NEEDS_POST")


async def test_stranger_neither_keeps_nor_asks(surface, error):
    sent = by_hash(query=QUERY)
    assert error(await surface.http.post("/graphql", json=sent))["reason"] == "TOKEN_MISSING"
    assert error(await surface.post(by_hash()))["reason"] == "PERSISTED_QUERY_NOT_FOUND"


MISTAKES = {
    "another version": (by_hash(version=2), "PERSISTED_QUERY_VERSION"),
    "no version": (by_hash(version=None), "PERSISTED_QUERY_VERSION"),
    "a version that is no number": (by_hash(version=True), "PERSISTED_QUERY_VERSION"),
    "a short hash": (by_hash("abc"), "PERSISTED_QUERY_HASH"),
    "a hash in capitals": (by_hash(HASH.upper()), "PERSISTED_QUERY_HASH"),
    "a hash with a line's end": (by_hash(HASH + "\n"), "PERSISTED_QUERY_HASH"),
    "a long hash": (by_hash("a" * 100_000), "PERSISTED_QUERY_HASH"),
    "a short hash of a text": (by_hash("abc", query=QUERY), "PERSISTED_QUERY_HASH"),
    "no hash": ({"extensions": {"persistedQuery": {"version": 1}}}, "FIELD_MISSING"),
    "a hash that is none": (by_hash(7), "FIELD_TYPE"),
    "a list": ({"extensions": {"persistedQuery": []}}, "FIELD_TYPE"),
    "nothing at all": ({"extensions": {}}, "FIELD_MISSING"),
}


@pytest.mark.parametrize(("sent", "reason"), MISTAKES.values(), ids=MISTAKES)
async def test_mistakes_are_named(surface, error, sent, reason):
    told = error(await surface.post(sent))
    # All are mistakes of the request itself, whichever media type is asked for.
    assert (told["status"], told["reason"]) == (400, reason)
    assert len(json.dumps(told)) < 2_000
    newer = error(await surface.post(sent, Accept="application/graphql-response+json"))
    assert (newer["status"], newer["reason"]) == (400, reason)


async def test_documents_of_a_folder_are_known_from_the_start(open_surface, store, tmp_path: Path):
    (tmp_path / "who.graphql").write_text(f"{QUERY}\n", "utf-8")
    (tmp_path / "notes.txt").write_text("no document", "utf-8")
    async with open_surface(store, documents_folder=tmp_path) as surface:
        assert (await surface.post(by_hash())).json() == ANSWER
        assert (await surface.post(by_hash(digest_of(f"{QUERY}\n")))).json() == ANSWER


def test_folder_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(Invalid, match="none"):
        read_folder(tmp_path / "none", str)
    (tmp_path / "a.graphql").write_bytes(b"\xff")
    with pytest.raises(Invalid, match=r"a\.graphql cannot be read as text in UTF-8"):
        read_folder(tmp_path, str)


BROKEN = {
    "no GraphQL": ("{ viewer { id }", r"1:16 .*Expected Name"),
    "another schema": ("{\n viewer { id nothing } }", r"2:14 Cannot query field 'nothing'"),
    "more than a document may hold": ("{ " + "viewer { id } " * 500 + "}", "tokens"),
}


@pytest.mark.parametrize(("text", "problem"), BROKEN.values(), ids=BROKEN)
async def test_a_bad_document_of_a_folder_is_named_at_the_start(open_surface, store, tmp_path: Path, text, problem):
    (tmp_path / "sound.graphql").write_text(QUERY, "utf-8")
    (tmp_path / "wrong.graphql").write_text(text, "utf-8")
    with pytest.raises(Invalid, match=problem) as refusal:
        async with open_surface(store, documents_folder=tmp_path):
            pass
    assert (refusal.value.reason, refusal.value.fields["file"]) == (
        "DOCUMENT_FILE_INVALID",
        str(tmp_path / "wrong.graphql"),
    )
    # The twin that takes whatever it is given says nothing until somebody asks.
    assert digest_of(text) in read_folder(tmp_path, str)


def test_folder_of_too_many_documents_is_refused(tmp_path: Path):
    for number in range(FILES_MOST + 1):
        (tmp_path / f"{number}.graphql").touch()
    with pytest.raises(Invalid, match=str(FILES_MOST + 1)):
        read_folder(tmp_path, str)


def test_kept_documents_are_bounded_and_those_of_the_operator_stay():
    standing = {"0" * 64: "standing"}
    kept = PersistedDocuments(standing)
    texts = [str(number) * 20_000 for number in range(10, 100)]
    for text in texts:
        kept.keep(digest_of(text), text)
        kept.text(digest_of(texts[0]))
    assert sum(len(text) for text in texts if kept.recalled(digest_of(text))) <= KEPT_CHARACTERS
    assert [kept.text(digest_of(texts[0])), kept.text("0" * 64)] == [texts[0], "standing"]
    with pytest.raises(NotFound):
        kept.text(digest_of(texts[1]))


def test_twin_that_believes_every_hash_is_caught(surface):
    class Believing(PersistedDocuments):
        def check(self, digest: str, text: str) -> None:
            pass

    def poisoned(documents: PersistedDocuments) -> bool:
        door = GraphqlDoor(surface.platform)
        door._persisted = documents
        try:
            door.prepare("{ __typename }", None, {}, HASH)
        except Invalid:
            return False
        return door.recalled(None, None, {}, HASH) is not None

    assert not poisoned(PersistedDocuments())
    assert poisoned(Believing())
