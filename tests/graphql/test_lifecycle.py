"""A resource from its first draft to the shelf and off it, each step by whoever may take it."""

import pytest


@pytest.fixture(params=["memory", "sqlite"])
def city(request):
    return request.getfixturevalue("city" if request.param == "memory" else "sqlite_city")


async def test_a_resource_goes_from_draft_to_shelf_and_off_it(city):
    made = await city.create()
    assert made["id"].startswith("resources/")
    assert made["head"] == {
        "number": 1,
        "state": "draft",
        "authors": ["principals/editor"],
        "submitter": None,
        "reviewer": None,
        "reason": None,
        "content": {"title": {"zh": "积水点"}, "tags": ["防汛"]},
    }
    made = await city.change("editor", "submitResource", id=made["id"])
    assert made["head"]["state"] == "in_review"
    made = await city.change("editor", "withdrawResource", id=made["id"], etag=made["etag"])
    assert made["head"]["state"] == "draft"
    made = await city.change("editor", "submitResource", id=made["id"])
    made = await city.change("reviewer", "rejectResource", id=made["id"], etag=made["etag"], reason="缺少坐标")
    assert (made["head"]["state"], made["head"]["reason"]) == ("rejected", "缺少坐标")
    made = await city.change("editor", "updateResource", id=made["id"], etag=made["etag"], content={"tags": ["内涝"]})
    made = await city.change("editor", "submitResource", id=made["id"])
    made = await city.change("reviewer", "approveResource", id=made["id"], etag=made["etag"])
    assert (made["availability"], made["head"]["state"]) == ("offline", "approved")
    made = await city.change("operator", "bringOnline", id=made["id"])
    assert made["availability"] == "online"
    made = await city.change("operator", "takeOffline", id=made["id"], reason="检修")
    assert (made["availability"], made["availabilityReason"]) == ("offline", "检修")


async def test_the_fields_around_a_changed_resource_are_those_after_the_change(city):
    target = await city.publish("QD-B")
    link = {"target": target["id"], "relation": "derives_from", "version": "1"}
    made = await city.create(code="QD-2", dependencies=[link])
    assert made["owner"]["title"] == {"zh": "机构qingdao-water"}
    assert made["dependencies"] == [{"relation": "derives_from", "version": "1", "resource": {"id": target["id"]}}]


async def test_two_mutations_of_one_document_run_one_after_the_other_and_read_afresh(city):
    made = await city.create()
    document = """mutation($id: ID!) {
      first: submitResource(id: $id) { head { state } owner { id } }
      second: withdrawResource(id: $id) { head { state } owner { id } dependencies { relation } }
    }"""
    data = await city.ask("editor", document, id=made["id"])
    assert [data["first"]["head"], data["second"]["head"]] == [{"state": "in_review"}, {"state": "draft"}]


async def test_a_request_id_gives_the_same_answer_once(city, make_new, refusal):
    first = await city.change("editor", "createResource", input=make_new(), requestId="once")
    again = await city.change("editor", "createResource", input=make_new(), requestId="once")
    assert again == first
    refused = await refusal(city.change("editor", "createResource", input=make_new("QD-9"), requestId="once"))
    assert (refused.code, refused.reason) == ("INVALID", "REQUEST_ID_REUSED")


async def test_validate_only_tells_what_would_be_and_changes_nothing(city, make_new, refusal):
    told = await city.change("editor", "createResource", input=make_new(), validateOnly=True)
    assert (told["code"], told["owner"]["id"]) == ("QD-1", "organizations/qingdao-water")
    refused = await refusal(city.ask("editor", '{ resource(code: "QD-1") { id } }'))
    assert refused.code == "NOT_FOUND"


async def test_nobody_approves_what_they_wrote(city, refusal):
    made = await city.create("admin")
    made = await city.change("admin", "submitResource", id=made["id"])
    refused = await refusal(city.change("admin", "approveResource", id=made["id"], etag=made["etag"]))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "SELF_APPROVAL")


async def test_a_stale_etag_is_a_conflict(city, refusal):
    made = await city.create()
    await city.change("editor", "updateResource", id=made["id"], etag=made["etag"], content={"tags": ["a"]})
    stale = city.change("editor", "updateResource", id=made["id"], etag=made["etag"], content={"tags": ["b"]})
    assert (await refusal(stale)).code == "CONFLICT"


async def test_an_absent_field_stays_and_null_clears(city):
    made = await city.create(classification="防汛", format="csv")
    content = {"classification": None, "title": {"zh": "新标题", "en": "New title"}, "tags": None}
    await city.change("editor", "updateResource", id=made["id"], etag=made["etag"], content=content)
    data = await city.ask(
        "editor",
        "query($id: ID!) { resource(id: $id) { title { zh } classification format tags contact spec } }",
        id=made["id"],
    )
    assert data["resource"] == {
        "title": {"zh": "新标题"},
        "classification": None,
        "format": "csv",
        "tags": [],
        "contact": "水务值班室",
        "spec": made["spec"],
    }


async def test_what_the_schema_cannot_check_the_platform_does(city, refusal):
    refused = await refusal(city.create(shareType="conditional"))
    assert (refused.code, refused.reason) == ("INVALID", "SHARE_CONDITION_MISSING")
    assert refused.fields["path"] == "content.share_condition"


async def test_every_mutation_that_was_run_left_one_entry(city, refusal):
    made = await city.create()
    await refusal(city.change("roads", "submitResource", id=made["id"]))
    await refusal(city.change("editor", "bringOnline", id=made["id"]))
    data = await city.ask("admin", "{ log(first: 200) { nodes { verb outcome actor reason callId } } }")
    entries = [entry for entry in data["log"]["nodes"] if entry["verb"].startswith("resources.")]
    assert [(entry["verb"], entry["outcome"], entry["actor"], entry["reason"]) for entry in entries] == [
        ("resources.create", "accepted", "principals/editor", None),
        ("resources.submit", "refused", "principals/roads", "NOT_FOUND"),
        ("resources.bring_online", "refused", "principals/editor", "DENIED"),
    ]
    assert len({entry["callId"] for entry in entries}) == 3
