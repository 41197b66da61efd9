"""What a refusal says at the door: one language at a time, with a guess at what was meant."""

import re

import pytest

from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Locale

CREATE = "mutation($input: CreateResourceInput!) { createResource(input: $input) { id } }"
PROSE = re.compile(r"[a-z]+ [a-z]+ [a-z]+")


def misplaced(owner, **content):
    """A resource as createResource takes it, with an owner of one's choice."""
    values = {
        "title": {"zh": "甲", "en": "A"},
        "summary": {"zh": "甲", "en": "A"},
        "shareType": "unconditional",
        "dataLevel": "l1",
        "spec": {"items": [{"name": "a", "title": "甲", "data_type": "string"}]},
    }
    return {
        "code": "QD-9",
        "kind": "data",
        "type": "dataset",
        "owner": f"organizations/{owner}",
        "content": values | content,
    }


async def first_error(city, who, document, **variables):
    return (await city.answer(who, document, variables, language="zh"))["errors"][0]


async def test_a_misspelt_owner_is_guessed(city):
    error = await first_error(city, "editor", CREATE, input=misplaced("qingdao-watr"))
    assert error["extensions"]["reason"] == "ORGANIZATION_UNKNOWN"
    assert error["message"] == "没有组织机构 qingdao-watr。您要找的是 qingdao-water 吗？"
    assert error["extensions"]["messages"]["en"].endswith("Did you mean qingdao-water?")


async def test_a_misspelt_owner_in_an_import_is_guessed(city):
    item = misplaced("x") | {"owner": "qingdao-watr"}
    content = item["content"]
    content["share_type"], content["data_level"] = content.pop("shareType"), content.pop("dataLevel")
    with pytest.raises(Invalid) as refusal:
        await city.import_many([item])
    assert (refusal.value.fields["path"], refusal.value.fields["near"]) == ("resources[0].owner", ["qingdao-water"])


async def test_a_misspelt_subtree_is_guessed(city):
    document = '{ resources(filter: {ownerSubtree: "qingdao-raods"}) { totalCount } }'
    error = await first_error(city, "editor", document)
    assert error["extensions"]["fields"]["near"] == ["qingdao-roads"]


async def test_a_misspelt_region_is_guessed(city):
    error = await first_error(city, "editor", CREATE, input=misplaced("qingdao-water", regionCode="3703"))
    assert error["message"] == "没有行政区划 3703。您要找的是 3702 吗？"


async def test_who_may_not_create_is_not_sent_to_a_command_that_knows_no_organisations(city):
    error = await first_error(city, "auditor", CREATE, input=misplaced("qingdao-water"))
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("DENIED", "DENIED_THERE")
    assert error["message"] == "您在 organizations/qingdao-water 的角色不允许“创建”。请向其管理员申请相应的角色。"
    assert "ucs why" not in error["extensions"]["messages"]["en"]


async def test_who_may_not_change_a_resource_is_told_how_to_ask_why(city):
    made = await city.create()
    error = await first_error(city, "operator", f'mutation {{ submitResource(id: "{made["id"]}") {{ id }} }}')
    assert f"`ucs why submit {made['id']}`" in error["message"]
    assert "“提交”" in error["message"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"spec": {}}, "缺少 items"),
        ({"spec": {"items": [{"name": "a\n", "title": "甲", "data_type": "string"}]}}, "不符合格式"),
        ({"tags": ["x"] * 21}, "过长，最多 20 项"),
        ({"issuedOn": "2026-01-31", "classification": "x" * 401}, "过长，最多 400 个字符"),
    ],
)
async def test_a_chinese_refusal_holds_no_english_prose(city, content, told):
    error = await first_error(city, "editor", CREATE, input=misplaced("qingdao-water", **content))
    assert told in error["message"]
    assert not PROSE.search(error["message"])


async def test_a_limit_of_the_document_is_named_in_chinese(city):
    error = await first_error(city, "editor", "{" + " ".join(f"a{at}: __typename" for at in range(21)) + "}")
    assert error["message"].startswith("请求在执行前被拒绝：根字段数为 21，上限为 20。")
    assert error["extensions"]["fields"]["measure"] == "root fields"


def test_english_prose_would_be_found():
    """The twin: what a problem in one language looked like."""
    error = Invalid("FIELD_INVALID", path="reason", problem="at most 1000 characters are kept")
    assert PROSE.search(error.message(Locale.ZH))
