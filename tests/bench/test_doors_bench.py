"""What the main job costs from outside: one client, one connection, the demo city of 2,000 resources on SQLite.

Client and server share the machine. Each answer is checked by the server's access control and read from the database;
nothing is cached but parsed documents and verified tokens.
"""

from itertools import count

import pytest

from ucs.registry.v1 import resource_service_pb2 as pb
from ucs.registry.v1.resource_pb2 import NewResource

CODE = "QD-3702-DAT-0010"
_numbers = count()

FIRST_PAGE = """query { resources(filter: {kind: data}, first: 50, orderBy: updated_desc) {
  totalCount nodes { id code title { zh en } tags owner { title { zh } } } } }"""
ONE = """query($id: ID!) { resource(id: $id) { code title { zh en } spec owner { title { zh } }
  dependencies { relation resource { code } } } }"""
CREATE = "mutation($input: CreateResourceInput!) { done: createResource(input: $input) { id etag } }"
STEPS = {
    "submit": (
        "publisher",
        "mutation($id: ID!, $etag: String!) { done: submitResource(id: $id, etag: $etag) { etag } }",
    ),
    "approve": (
        "reviewer",
        "mutation($id: ID!, $etag: String!) { done: approveResource(id: $id, etag: $etag) { etag } }",
    ),
    "online": ("reviewer", "mutation($id: ID!, $etag: String!) { done: bringOnline(id: $id, etag: $etag) { etag } }"),
}


def _new():
    return {
        "code": f"QD-BENCH-{next(_numbers)}",
        "kind": "data",
        "type": "dataset",
        "owner": "organizations/qingdao-water",
        "content": {
            "title": {"zh": "基准测试数据", "en": "Benchmark data"},
            "summary": {"zh": "由基准测试写入。", "en": "Written by a benchmark."},
            "shareType": "unconditional",
            "dataLevel": "l1",
            "synthetic": True,
            "spec": {"items": [{"name": "depth", "title": "水深", "data_type": "decimal"}]},
        },
    }


@pytest.fixture(scope="module")
def name(city):
    return city.ask("app", "query($code: String!) { resource(code: $code) { id } }", code=CODE)["resource"]["id"]


@pytest.mark.benchmark(group="create")
def test_create_over_graphql(benchmark, city):
    assert benchmark(lambda: city.ask("publisher", CREATE, input=_new()))["done"]["id"]


@pytest.mark.benchmark(group="create")
def test_create_over_grpc(benchmark, city):
    def create():
        new = NewResource(code=f"QD-BENCH-{next(_numbers)}", kind="RESOURCE_KIND_DATA", type="dataset")
        new.owner = "organizations/qingdao-water"
        new.content.title.zh = new.content.title.en = "Benchmark"
        new.content.summary.zh = new.content.summary.en = "Benchmark"
        new.content.share_type, new.content.data_level, new.content.synthetic = 1, 1, True
        new.content.spec.update({"items": [{"name": "depth", "title": "水深", "data_type": "decimal"}]})
        return city.stub.Create(pb.CreateResourceRequest(resource=new), metadata=city.metadata("publisher"))

    assert benchmark(create).name


@pytest.mark.benchmark(group="submit to online")
def test_submit_approve_online_over_graphql(benchmark, city):
    def draft():
        made = city.ask("publisher", CREATE, input=_new())["done"]
        return (made["id"], made["etag"]), {}

    def lead(id, etag):
        for persona, document in STEPS.values():
            etag = city.ask(persona, document, id=id, etag=etag)["done"]["etag"]
        return etag

    assert benchmark.pedantic(lead, setup=draft, rounds=100) == "v4"


@pytest.mark.benchmark(group="get")
def test_get_over_graphql(benchmark, city, name):
    assert benchmark(lambda: city.ask("app", ONE, id=name))["resource"]["code"] == CODE


@pytest.mark.benchmark(group="get")
def test_get_over_grpc(benchmark, city, name):
    request = pb.GetResourceRequest(name=name)
    assert benchmark(lambda: city.stub.Get(request, metadata=city.metadata("app"))).code == CODE


@pytest.mark.benchmark(group="first page of 50 with total")
def test_first_page_over_graphql(benchmark, city):
    assert len(benchmark(lambda: city.ask("app", FIRST_PAGE))["resources"]["nodes"]) == 50


@pytest.mark.benchmark(group="first page of 50 with total")
def test_first_page_over_grpc(benchmark, city):
    request = pb.ListResourcesRequest(filter={"kind": "RESOURCE_KIND_DATA"}, page_size=50, include_counts=True)
    assert len(benchmark(lambda: city.stub.List(request, metadata=city.metadata("app"))).resources) == 50
