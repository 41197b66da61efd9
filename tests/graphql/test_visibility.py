"""What a caller may not see is not there: not by name, by code, by why, nor at the far end of a dependency."""

import pytest

HIDDEN = {"shareType": "none", "denialBasis": "法规"}
LEVEL_4 = {"dataLevel": "l4"}


async def test_the_card_is_shown_and_the_rest_only_to_those_who_may_read(city):
    made = await city.publish(**LEVEL_4)
    document = "query($id: ID!) { resource(id: $id) { readable spec contact etag head { number } title { zh } } }"
    reader = (await city.ask("editor", document, id=made["id"]))["resource"]
    assert reader["readable"] is True
    assert reader["contact"] == "水务值班室"
    assert reader["spec"]["row_count"] == 42
    assert reader["head"] == {"number": 1}
    other = (await city.ask("roads", document, id=made["id"]))["resource"]
    assert other == {
        "readable": False,
        "spec": None,
        "contact": None,
        "etag": None,
        "head": None,
        "title": {"zh": "积水点"},
    }


@pytest.mark.parametrize(
    "document",
    [
        "query($id: ID!) { resource(id: $id) { id } }",
        "query($id: ID!) { node(id: $id) { id } }",
        "query($id: ID!) { why(action: read, resource: $id) { allowed } }",
        'query($id: ID!) { why(action: read, resource: $id, principal: "principals/editor") { allowed } }',
        "mutation($id: ID!) { submitResource(id: $id) { id } }",
        'mutation($id: ID!) { updateResource(id: $id, etag: "v1", content: {}) { id } }',
    ],
)
async def test_what_is_hidden_is_not_found_in_the_words_for_what_does_not_exist(city, refusal, document):
    made = await city.publish(**HIDDEN)
    hidden = await refusal(city.ask("roads", document, id=made["id"]))
    missing_id = "resources/" + "0" * 26
    missing = await refusal(city.ask("roads", document, id=missing_id))
    assert (hidden.code, missing.code) == ("NOT_FOUND", "NOT_FOUND")
    assert hidden.message.replace(made["id"], "X") == missing.message.replace(missing_id, "X")


async def test_a_hidden_code_is_not_found(city, refusal):
    await city.publish(**HIDDEN)
    refused = await refusal(city.ask("roads", '{ resource(code: "QD-1") { id } }'))
    assert refused.code == "NOT_FOUND"


async def test_dependencies_end_where_sight_ends(city):
    hidden = await city.publish("QD-H", **HIDDEN)
    seen = await city.publish("QD-S")
    links = [{"target": end["id"], "relation": "reads"} for end in (hidden, seen)]
    made = await city.publish("QD-U", dependencies=links)
    document = """query($id: ID!) { resource(id: $id) {
      dependencies { resource { id } } dependants { resource { id } }
      head { content { dependencies { resource { id } } } }
    } }"""
    own = (await city.ask("editor", document, id=made["id"]))["resource"]
    both = [{"resource": {"id": id}} for id in sorted([hidden["id"], seen["id"]])]
    assert sorted(own["dependencies"], key=lambda end: end["resource"]["id"]) == both
    assert len(own["head"]["content"]["dependencies"]) == 2
    other = (await city.ask("roads", document, id=made["id"]))["resource"]
    assert other == {"dependencies": [{"resource": {"id": seen["id"]}}], "dependants": [], "head": None}
    back = (await city.ask("roads", document, id=seen["id"]))["resource"]
    assert back["dependants"] == [{"resource": {"id": made["id"]}}]


async def test_nodes_are_resources_organizations_and_oneself(city, refusal):
    made = await city.publish()
    document = """query($id: ID!) { node(id: $id) { __typename id
      ... on Resource { code } ... on Organization { level } ... on Viewer { title organization { id } } } }"""
    assert (await city.ask("roads", document, id=made["id"]))["node"]["code"] == "QD-1"
    assert (await city.ask("roads", document, id="organizations/37"))["node"]["level"] == "province"
    assert (await city.ask("roads", document, id="principals/roads"))["node"] == {
        "__typename": "Viewer",
        "id": "principals/roads",
        "title": "roads",
        "organization": {"id": "organizations/qingdao-roads"},
    }
    for nobody in ("principals/editor", "principals/nobody", "rules/1", "", "resources/", "x" * 10_000):
        refused = await refusal(city.ask("roads", document, id=nobody))
        assert refused.code == "NOT_FOUND"
        assert len(refused.message) < 200


async def test_the_viewer_knows_its_roles(city):
    data = await city.ask("editor", "{ viewer { id kind title organization { title { en } } roles { role anchor } } }")
    assert data["viewer"] == {
        "id": "principals/editor",
        "kind": "person",
        "title": "editor",
        "organization": {"title": {"en": "Org qingdao-water"}},
        "roles": [
            {"role": "public", "anchor": None},
            {"role": "member", "anchor": "organizations/qingdao-water"},
            {"role": "editor", "anchor": "organizations/qingdao-water"},
        ],
    }
    assert (await city.ask("outsider", "{ viewer { organization { id } } }"))["viewer"] == {"organization": None}


async def test_why_names_the_rule_the_remedies_and_those_who_could_help(city, refusal):
    made = await city.publish(**LEVEL_4)
    document = """query($action: Action!, $id: ID!, $principal: ID) {
      why(action: $action, resource: $id, principal: $principal) {
        action resource principal allowed needsGrant attributes { owner dataLevel state }
        policy { id role effect } roles { role anchor } remedies { role anchors anywhere }
        granters { principal held { role } }
      }
    }"""
    own = (await city.ask("roads", document, action="read", id=made["id"]))["why"]
    assert (own["allowed"], own["needsGrant"], own["principal"]) == (False, True, "principals/roads")
    assert own["attributes"] == {"owner": "organizations/qingdao-water", "dataLevel": "l4", "state": "online"}
    assert {"principal": "principals/admin", "held": {"role": "platform_administrator"}} in own["granters"]
    remedies = {remedy["role"]: remedy for remedy in own["remedies"]}
    assert remedies["editor"]["anchors"][0] == "organizations/qingdao-water"
    assert remedies["platform_administrator"]["anywhere"] is True
    told = (await city.ask("auditor", document, action="edit", id=made["id"], principal="principals/editor"))["why"]
    assert (told["allowed"], told["policy"]["role"], told["remedies"]) == (True, "editor", [])
    denied = city.ask("roads", document, action="read", id=made["id"], principal="principals/editor")
    assert (await refusal(denied)).code == "DENIED"
