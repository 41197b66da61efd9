"""A mount is asked on a stage as by the platform, and records without a value are found and ordered as in every store."""

import asyncio

import pytest
from plugin_texts import HEAD, MANIFEST
from pydantic import BaseModel

from ucs_sdk import Between
from ucs_sdk.errors import NotFound
from ucs_sdk.testing import FakeContext, Rehearsal

CODE = """
import json
from ucs_sdk import UcsError

@pump.operation(title_zh="加倍", title_en="Double")
async def double(ctx: Context, asked: Level) -> Level:
    return Level(metres=2 * asked.metres)

async def app(scope, receive, send):
    ctx = scope["state"]["context"]
    assert scope["state"]["caller"] == ctx.caller
    stated = json.loads((await receive())["body"])
    try:
        told, status = await ctx.invoke("pump.double", stated), 200
    except UcsError as error:
        told, status = {"reason": error.reason, "path": scope["path"], "query": scope["query_string"].decode()}, 400
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})

pump.mount(app)
"""
STATED = 'permissions = ["invoke", "mount"]\n'


class Level(BaseModel):
    metres: float | None = None


@pytest.fixture
def stage(plugin_folder):
    return Rehearsal(plugin_folder(CODE, head=HEAD, manifest=MANIFEST + STATED) / "tests" / "test_pump.py")


def test_a_mount_answers_as_whoever_is_on_stage(stage):
    answer = stage.request("POST", "/double", b'{"metres": 2}')
    assert (answer.status, answer.json(), answer.headers["content-type"]) == (200, {"metres": 4}, "application/json")


def test_what_an_operation_does_not_take_is_told_to_the_mount_as_by_the_platform(stage):
    answer = stage.request("POST", "/double", b'{"metres": "deep"}', query="a=1")
    told = {"reason": "FIELD_INVALID", "path": "/plugins/pump/double", "query": "a=1"}
    assert (answer.status, answer.json()) == (400, told)


def test_a_plugin_without_a_mount_has_nothing_to_ask(plugin_folder):
    stage = Rehearsal(plugin_folder(head=HEAD, manifest=MANIFEST) / "tests" / "test_pump.py")
    with pytest.raises(NotFound):
        stage.request("GET", "/")


async def found(**asked):
    context = FakeContext()
    async with context.unit() as unit:
        for key, metres in (("a", 2.0), ("b", None), ("c", 1.0)):
            unit.documents("levels", Level).put(key, Level(metres=metres))
    return [each.key for each in (await context.documents("levels", Level).query(**asked)).items]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({"where": {"metres": Between(most=1.5)}}, "c"),
        ({"where": {"metres": Between(least=0.0)}}, "ac"),
        ({"order_by": "metres"}, "bca"),
        ({"order_by": "metres", "descending": True}, "acb"),
    ],
)
def test_what_has_no_value_lies_in_no_range_and_comes_first(asked, keys):
    assert "".join(asyncio.run(found(**asked))) == keys
