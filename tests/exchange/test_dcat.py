"""The catalogue as DCAT satisfies the shapes in docs/dcat-shapes.ttl, in both syntaxes, and a broken record does not."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, RDF

from ucs_core.cli.dcat import DEFAULT_BASE, SYNTAXES, dcat_document
from ucs_core.cli.dcat.vocabulary import DCAT
from ucs_core.demo.generator import generate
from ucs_sdk.errors import Invalid

SHAPES = Path(__file__).parents[2] / "docs" / "dcat-shapes.ttl"
BASE = "https://data.example.org/"


def a_line(**changes) -> dict:
    """A line of an export with its card."""
    content = {
        "title": {"zh": '积水"点\n', "en": "Spots \\ <x>"},
        "summary": {"zh": "清单", "en": "A list"},
        "tags": ["防汛", "theme:emergency", "flood"],
        "region_code": "370202",
        "location": {"longitude": 120.38, "latitude": -1e-05},
        "footprint": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        "temporal": {"start": "2020-01-01"},
        "classification": "主题/应急维稳",
        "provider_code": "11370200MB2857000X",
        "format": "数据库表",
        "share_type": "conditional",
        "share_condition": "须申请",
        "open_type": "none",
        "data_level": "l2",
        "update_cycle": "daily",
        "issued_on": "2026-03-01",
        "conforms_to": ["GB/T 21063"],
        "dependencies": [{"target": "resources/01JTESTTESTTESTTESTTESTTE0", "relation": "reads"}],
        "source": "手工录入",
        "contact": "值班室",
        "synthetic": True,
        "spec": {"path": "/v1/depth points"},
    }
    line = {
        "id": "01JTESTTESTTESTTESTTESTTES",
        "code": "QD-1",
        "kind": "data",
        "type": "dataset",
        "owner": "qingdao-water",
        "availability": "online",
        "created_at": "2026-03-01T00:00:00+00:00",
        "updated_at": "2026-03-02T00:00:00.123456+00:00",
        "revision": 2,
        "owner_title": {"zh": "水务局", "en": "Water bureau"},
    }
    return line | {"content": content | changes.pop("content", {})} | changes


def document(*lines: dict, syntax: str = "turtle", base: str = BASE) -> bytes:
    file = io.BytesIO()
    with dcat_document(file, syntax, base) as write:
        for line in lines:
            write(line)
    return file.getvalue()


def graph(*lines: dict, syntax: str = "turtle", base: str = BASE) -> Graph:
    with warnings.catch_warnings():
        # The library's own reader of JSON-LD uses what the library itself gives up.
        warnings.filterwarnings("ignore", "ConjunctiveGraph is deprecated", DeprecationWarning)
        return Graph().parse(data=document(*lines, syntax=syntax, base=base), format=syntax)


@pytest.fixture(scope="module")
def complaints() -> Callable[[Graph], str]:
    """What the shapes object to in a graph; empty where they do not."""
    with warnings.catch_warnings():
        # The validator speaks to the library that it builds on in words of an earlier version.
        warnings.simplefilter("ignore")
        from pyshacl import validate

        shapes = Graph().parse(SHAPES, format="turtle")

    def complain(data: Graph) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            conforms, _, text = validate(data, shacl_graph=shapes, inference="none", advanced=False)
        return "" if conforms else text

    return complain


KINDS = ("data", "component", "infrastructure", "application")


@pytest.mark.parametrize("base", [BASE, DEFAULT_BASE])
def test_every_kind_satisfies_the_shapes(complaints, base):
    lines = [a_line(kind=kind, id=f"01JTESTTESTTESTTESTTESTT{at:02}") for at, kind in enumerate(KINDS)]
    bare = {"footprint": None, "location": None, "temporal": None, "region_code": None, "format": None, "contact": None}
    lines.append(
        a_line(
            id="01JTESTTESTTESTTESTTESTT09", content=bare | {"issued_on": None, "tags": []}, owner="o", owner_title=None
        )
    )
    assert complaints(graph(*lines, base=base)) == ""


def test_the_demo_city_satisfies_the_shapes(complaints):
    lines = []
    for item in Random(1).sample(list(generate(2_000, 370200)), 60):
        plain = item.model_dump(mode="json", exclude_none=True)
        card = {"created_at": "2026-03-01T00:00:00+00:00", "updated_at": "2026-03-01T00:00:00+00:00", "revision": 1}
        lines.append(plain | card | {"owner_title": None})
    assert complaints(graph(*lines)) == ""


def test_both_syntaxes_say_the_same():
    lines = [a_line(), a_line(id="01JTESTTESTTESTTESTTESTT01", kind="component")]
    turtle, json_ld = (graph(*lines, syntax=syntax) for syntax in SYNTAXES)
    assert len(turtle) > 60
    assert isomorphic(turtle, json_ld)


def test_an_empty_catalogue_is_a_catalogue(complaints):
    for syntax in SYNTAXES:
        assert complaints(graph(syntax=syntax)) == ""


def test_resources_have_the_names_that_their_base_gives_them():
    found = graph(a_line(kind="component"))
    subject = URIRef(f"{BASE}resources/01JTESTTESTTESTTESTTESTTES")
    assert (subject, RDF.type, DCAT.DataService) in found
    assert (subject, DCAT.endpointURL, URIRef(f"{BASE}v1/depth%20points")) in found
    assert (URIRef(f"{BASE}catalogue"), DCAT.service, subject) in found
    assert (subject, DCTERMS.title, Literal('积水"点\n', lang="zh")) in found
    assert (subject, DCAT.theme, URIRef(f"{BASE}vocabularies/theme/emergency")) in found


def test_chinese_in_the_place_of_english_is_not_called_english():
    found = graph(a_line(content={"title": {"zh": "清单", "en": "清单"}}))
    subject = URIRef(f"{BASE}resources/01JTESTTESTTESTTESTTESTTES")
    assert list(found.objects(subject, DCTERMS.title)) == [Literal("清单", lang="zh")]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"code": ""}, "identifier"),
        ({"content": {"title": {"zh": "", "en": ""}}}, "title"),
        ({"content": {"issued_on": "soon"}}, "issued"),
        ({"content": {"location": {"longitude": "east", "latitude": 1}}}, "centroid"),
        ({"content": {"region_code": "here"}}, "identifier"),
        ({"content": {"data_level": "l9"}}, "dataLevel"),
        ({"updated_at": "now"}, "modified"),
    ],
)
def test_a_broken_record_is_caught(complaints, change, path):
    with warnings.catch_warnings():
        # What is no date is not read as one, and said so.
        warnings.simplefilter("ignore")
        assert path in complaints(graph(a_line(**change)))


@pytest.mark.parametrize("left_out", [DCTERMS.publisher, DCTERMS.accessRights, DCTERMS.modified, DCTERMS.description])
def test_a_record_without_something_is_caught(complaints, left_out):
    found = graph(a_line())
    found.remove((None, left_out, None))
    assert str(left_out).rpartition("/")[2] in complaints(found)


@pytest.mark.parametrize("base", ["data.example.org/", "https://data.example.org", "https://a b/", 'urn:x:">', ""])
def test_a_base_that_begins_no_name_is_refused(base):
    with pytest.raises(Invalid, match="begin"):
        document(base=base)
