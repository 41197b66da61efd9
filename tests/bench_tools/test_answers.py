"""A peer is measured only when it says what ours says: whoever says something else is told."""

import copy
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from figures.answers import difference, unordered
from peers.measuring import compare
from peers.questions import GRAPHILE, NAMES, UCS
from peers.servers import Server

LINKS = [{"relation": "reads", "resource": {"id": "b"}}, {"relation": "calls", "resource": {"id": "c"}}]
ANSWER = {"resource": {"id": "a", "title": {"zh": "水", "en": "Water"}, "tags": ["x", "y"], "dependencies": LINKS}}


def changed(change):
    answer = copy.deepcopy(ANSWER)
    change(answer["resource"])
    return answer


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda r: r.update(id="b"), "answer.resource.id: ours 'a', theirs 'b'"),
        (lambda r: r.pop("tags"), "answer.resource.tags: only ours has it"),
        (lambda r: r.update(more=1), "answer.resource.more: only theirs has it"),
        (lambda r: r["tags"].reverse(), "answer.resource.tags[0]: ours 'x', theirs 'y'"),
        (lambda r: r["dependencies"].pop(), "answer.resource.dependencies: ours has 2 items, theirs 1"),
        (lambda r: r.update(id=None), "answer.resource.id: ours 'a', theirs None"),
    ],
)
def test_the_first_difference_is_told_with_its_place(change, where):
    assert difference(ANSWER, changed(change)) == where


def test_one_is_not_true_and_not_a_text():
    assert difference([1], [True])
    assert difference([1], ["1"])
    assert difference([1], [1.0])


def test_the_order_of_links_does_not_count_and_that_of_a_page_does():
    other = changed(lambda r: r["dependencies"].reverse())
    assert difference(ANSWER, other)
    assert difference(unordered(ANSWER, "dependencies"), unordered(other, "dependencies")) is None
    assert difference(unordered({"nodes": [1, 2]}, "dependencies"), unordered({"nodes": [2, 1]}, "dependencies"))


def test_postgraphile_says_the_same_in_its_own_names():
    theirs = {
        "resourceByRowId": {
            "rowId": "a",
            "titleZh": "水",
            "titleEn": "Water",
            "tags": ["x", "y"],
            "dependencies": [
                {"relation": "calls", "needed": {"rowId": "c"}},
                {"relation": "reads", "needed": {"rowId": "b"}},
            ],
        }
    }
    ours = UCS.answer(json.dumps({"data": ANSWER}))
    assert difference(ours, GRAPHILE.answer(json.dumps({"data": theirs}))) is None


def test_postgraphiles_search_and_list_are_translated():
    ours = {
        "resources": {
            "totalCount": 3,
            "nodes": [{"id": "a", "title": {"zh": "水", "en": "W"}}],
            "facets": [
                {"dimension": "kind", "values": [{"value": "data", "count": 2}, {"value": "application", "count": 1}]}
            ],
        }
    }
    theirs = {
        "searchResources": {"totalCount": 3, "nodes": [{"rowId": "a", "titleZh": "水", "titleEn": "W"}]},
        "searchFacetsList": [
            {"dimension": "kind", "value": "application", "count": 1},
            {"dimension": "kind", "value": "data", "count": 2},
        ],
    }
    assert difference(UCS.answer(json.dumps({"data": ours})), GRAPHILE.answer(json.dumps({"data": theirs}))) is None
    page = {"allListedsList": [{"card": {"rowId": "a", "ownedBy": {"titleZh": "局", "titleEn": "B"}}}]}
    assert GRAPHILE.answer(json.dumps({"data": page})) == {
        "resources": {"nodes": [{"id": "a", "owner": {"title": {"zh": "局", "en": "B"}}}]}
    }


@contextmanager
def serving(answer):
    """A server that answers every question by a function of its body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            said = answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Server(name="a server", port=server.server_address[1], pids=(), dialect=UCS)
        finally:
            server.shutdown()
            thread.join()


def truth(asked):
    return {"data": {"resource": {"id": asked["variables"].get("id"), "asked": asked["variables"]}}}


def lie(asked):
    said = truth(asked)
    if "id" in asked["variables"] and "Graph" in asked["query"]:
        said["data"]["resource"]["id"] = "another"
    return said


def fails(asked):
    return {"errors": [{"message": "no"}], "data": None}


DRAWS = {name: [("水务",)] * 2 if name == "Q3" else [{"id": "a"}, {"id": "b"}] for name in NAMES}


def test_a_peer_that_answers_the_same_is_not_told():
    with serving(truth) as ours, serving(truth) as theirs:
        assert compare(ours, theirs, DRAWS, 1) == {}


def test_a_peer_that_answers_something_else_is_told_at_that_question():
    """The twin of the comparison: one question of four is answered wrongly."""
    with serving(truth) as ours, serving(lie) as theirs:
        assert compare(ours, theirs, DRAWS, 1).keys() == {"Q4"}


def test_errors_on_either_side_are_told_and_never_taken_for_equal():
    with serving(fails) as ours, serving(fails) as theirs, serving(truth) as sound:
        assert compare(ours, theirs, DRAWS, 1).keys() == set(NAMES)
        assert all("ours does not answer" in why for why in compare(ours, sound, DRAWS, 1).values())
        assert compare(sound, theirs, DRAWS, 1).keys() == set(NAMES)
