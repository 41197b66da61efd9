"""Several resources in one call: those of the names that were asked for, or an error that names what is missing."""

BY_NAME = "query($ids: [ID!]!) { resourcesByName(ids: $ids) { id code } }"
UNKNOWN = "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ"


async def test_resources_come_in_the_order_of_their_names(city):
    names = [(await city.publish(code=code))["id"] for code in ("QD-1", "QD-2")]
    asked = [names[1], names[0], names[1]]
    assert [item["id"] for item in (await city.ask("roads", BY_NAME, ids=asked))["resourcesByName"]] == asked


async def test_hidden_and_missing_names_are_told_alike(city, refusal):
    shown = (await city.publish())["id"]
    hidden = (await city.publish(code="QD-2", shareType="none", denialBasis="法规"))["id"]
    for missing in (hidden, UNKNOWN):
        refused = await refusal(city.ask("outsider", BY_NAME, ids=[missing]))
        assert refused.reason == "NOT_FOUND"
    refused = await refusal(city.ask("roads", BY_NAME, ids=[shown, UNKNOWN]))
    assert (refused.reason, refused.fields["names"]) == ("NOT_FOUND", [UNKNOWN])


async def test_empty_batch_is_refused(city, refusal):
    assert (await refusal(city.ask("roads", BY_NAME, ids=[]))).reason == "FIELD_TOO_SHORT"
