"""The questions that are measured, the data that the peers get, and the plain peer itself."""

import re
from pathlib import Path

import httpx2
import pytest
from graphql import build_schema, parse, validate

from peers import plain, setup, targets
from peers.__main__ import main
from peers.copying import Rows, fill_sqlite, quoted
from peers.questions import GRAPHILE, NAMES, OURS, PLAIN_POSTGRES, PLAIN_SQLITE, draw

PEERS = Path(plain.__file__).parent
WORKSPACE = PEERS.parents[2]
GIVEN = {
    "Q1": {"id": "resources/a"},
    "Q2": {"kind": "data", "tag": "水务"},
    "Q3": ("排水", "水务"),
    "Q4": {"id": "resources/a"},
}


def line(id, *needs, kind="data", at="2026-01-01T00:00:00+00:00", tags=("水务",)):
    return {
        "id": id,
        "code": f"QD-{id}",
        "kind": kind,
        "type": "dataset",
        "owner": "bureau",
        "availability": "online",
        "updated_at": at,
        "owner_title": {"zh": "水务局", "en": "Water bureau"},
        "content": {
            "title": {"zh": f"排水设施{id}", "en": f"Drains {id}"},
            "summary": {"zh": "说明", "en": "It's a summary"},
            "tags": list(tags),
            "share_type": "unconditional",
            "dependencies": [{"target": f"resources/{need}", "relation": "reads"} for need in needs],
        },
    }


@pytest.fixture
def rows():
    made = Rows()
    for each in (line("d"), line("c", "d"), line("b", "c", "d", at="2026-02-01T00:00:00+00:00"), line("a", "b")):
        made.add(each)
    return made


@pytest.mark.parametrize("question", NAMES)
def test_our_questions_are_valid_in_our_schema(question):
    schema = build_schema((WORKSPACE / "ucs_core/src/ucs_core/graphql/schema.graphql").read_text("utf-8"))
    assert validate(schema, parse(OURS[question])) == []


async def asked(url, question):
    transport = httpx2.ASGITransport(plain.application(url))
    async with httpx2.AsyncClient(transport=transport, base_url="http://peer.test") as http:
        answer = await http.post("/graphql", content=PLAIN_SQLITE.body(question, GIVEN[question]))
    return PLAIN_SQLITE.answer(answer.content)


async def test_the_plain_peer_answers_from_the_rows_it_was_given(rows, tmp_path):
    fill_sqlite(rows, tmp_path / "peers.db")
    url = f"sqlite:///{tmp_path / 'peers.db'}"
    one, listed, found, graph = [await asked(url, question) for question in NAMES]
    assert one["resource"]["owner"] == {"id": "organizations/bureau", "title": {"zh": "水务局", "en": "Water bureau"}}
    assert [link["resource"]["id"] for link in one["resource"]["dependencies"]] == ["resources/b"]
    # The last changed comes first, and among equals the one whose name is last.
    assert [node["code"] for node in listed["resources"]["nodes"]] == ["QD-b", "QD-d", "QD-c", "QD-a"]
    assert found["resources"]["totalCount"] == 4
    assert found["resources"]["facets"] == [
        {"dimension": "kind", "values": [{"value": "data", "count": 4}]},
        {"dimension": "share_type", "values": [{"value": "unconditional", "count": 4}]},
    ]
    third = graph["resource"]["dependencies"][0]["resource"]["dependencies"][0]["resource"]["dependencies"]
    assert [link["resource"]["code"] for link in third] == ["QD-d"]


def test_only_what_needs_enough_is_drawn_for_the_graph(rows):
    rows.add(line("e", "a", "b", "c", "d", "a"))
    draws = draw(rows, 1, 100)
    assert draws["Q1"] == draws["Q4"] == [{"id": "resources/e"}]
    assert len(draws["Q2"]) == 5
    assert draws == draw(rows, 1, 100)


def test_words_are_told_to_each_database_in_its_language():
    assert [dialect.words(("排水", "it's")) for dialect in (PLAIN_SQLITE, PLAIN_POSTGRES, GRAPHILE)] == [
        '"排水" AND "it\'s"',
        "'排水' & 'it''s'",
        "'排水' & 'it''s'",
    ]
    assert quoted("a\\b") == "'a\\\\b'"


def test_pairs_that_were_not_measured_are_named_and_make_no_row():
    rates = {("ours, SQLite", "Q1"): 100.0, ("PostGraphile", "Q1"): 10.0, ("PostGraphile", "Q2"): None}
    made, missing = targets.rows(rates)
    assert [(row.name.split(":")[0][:2], row.ratio, row.met) for row in made] == [("Q1", 10.0, True)]
    assert len(made) + len(missing) == len(targets.PAIRS)
    assert any(name.startswith("Q2") for name in missing)


def test_every_question_has_its_targets_against_every_peer():
    aimed = {(pair.ours, pair.theirs, pair.question) for pair in targets.PAIRS if pair.target}
    assert len(aimed) == 4 * len(NAMES) + 2


def test_locks_hold_no_addresses_and_a_digest_for_everything():
    lock = (PEERS / "postgraphile" / "package-lock.json").read_text("utf-8")
    assert "://" not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')
    for file in (PEERS / "locked").iterdir():
        text = file.read_text("utf-8")
        assert "://" not in text
        assert re.match(r"[\w-]+==[\d.]+ \\\n    --hash=sha256:", text)


def test_a_node_that_is_too_old_is_not_taken(tmp_path):
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v20.20.2\n")
    old.chmod(0o755)
    assert setup.major(str(old)) < setup.NODE_LEAST
    assert setup.major(str(tmp_path / "nothing")) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fast"], "unrecognized arguments: --fast"),
        (["--windows", "11"], "'11' is not a whole number from 1 to 10"),
        (["--rounds", "0"], "'0' is not a whole number from 1 to 5"),
        (["--resources", "many"], "'many' is not a whole number"),
        (["--seed", "x"], "invalid int value: 'x'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_starts(arguments, said, capsys):
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert said in capsys.readouterr().err
