"""Refusals on the wire: one table, both languages, small enough for metadata, and nothing of the inside."""

import grpc
import pytest
from structlog.testing import capture_logs

from ucs.errors.v1 import error_detail_pb2 as pb
from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.grpc import errors
from ucs_sdk import Code, Invalid, Locale, NotFound, UcsError, Unavailable
from ucs_sdk.messages import Phrase

SECRET = "hunter2 at /secret/place"


class Broken:
    """A store that fails with words that are not for callers."""

    shaped = elements = records = None

    def read(self):
        raise RuntimeError(SECRET)

    write = read

    async def ping(self):
        raise RuntimeError(SECRET)


def received(detail, status=grpc.StatusCode.INTERNAL):
    """The error that a client makes of what it receives."""
    trailing = [("ucs-call-id", "x")] + ([] if detail is None else [(errors.ERROR_KEY, detail)])
    return errors.error_of(status, "boom", trailing, "here")


def test_every_code_has_a_status_of_its_own_and_a_word_on_the_wire():
    assert set(errors.STATUS) == set(Code)
    assert len(set(errors.STATUS.values())) == len(Code)
    assert {value.name.removeprefix("CODE_").lower() for value in pb.Code.DESCRIPTOR.values} == {*Code, "unspecified"}


# Other tests make subclasses of their own.
OURS = [error for error in UcsError.__subclasses__() if error.__module__ == UcsError.__module__]


@pytest.mark.parametrize("error_class", OURS)
def test_an_error_comes_back_as_it_was_sent(error_class):
    sent = error_class("NOT_FOUND", object="resources/x", retry_after=1.5)
    back = received(errors.detail_of(sent).SerializeToString())
    assert (type(back), back.reason, back.fields, back.retry_after) == (
        error_class,
        "NOT_FOUND",
        {"object": "resources/x"},
        1.5,
    )


@pytest.mark.parametrize("locale", list(Locale))
def test_an_error_that_came_over_the_wire_speaks_every_language_in_full(locale):
    sent = Invalid("FIELD_INVALID", path="reason", problem=Phrase("text-longer-than", limit=1000))
    back = received(errors.detail_of(sent).SerializeToString())
    assert back.message(locale) == sent.message(locale)
    assert back.fields == {"path": "reason", "problem": "at most 1000 characters are kept"}
    # The twin: worded from the fields alone, half of the sentence would be English.
    assert (Invalid(back.reason, **back.fields).message(locale) == sent.message(locale)) is (locale is Locale.EN)


@pytest.mark.parametrize(
    ("detail", "status", "reason"),
    [
        (None, grpc.StatusCode.UNAVAILABLE, "PLATFORM_UNREACHABLE"),
        (None, grpc.StatusCode.UNIMPLEMENTED, "PLATFORM_ANSWER_STRANGE"),
        (b"\xff\xff", grpc.StatusCode.INTERNAL, "PLATFORM_ANSWER_STRANGE"),
        (b"", grpc.StatusCode.INTERNAL, "PLATFORM_ANSWER_STRANGE"),
        (pb.ErrorDetail(code=99).SerializeToString(), grpc.StatusCode.INTERNAL, "PLATFORM_ANSWER_STRANGE"),
    ],
)
def test_what_no_platform_says_is_told_apart(detail, status, reason):
    assert received(detail, status).reason == reason


def test_a_long_error_still_fits_into_metadata():
    error = Invalid("SPEC_INVALID", **dict.fromkeys(("path", "type", "problem", "expected", "more"), "长" * 5000))
    detail = errors.detail_of(error)
    percent_encoded = 3 * max(len(detail.message_zh.encode()), len(detail.message_en.encode()))
    base64 = len(detail.SerializeToString()) * 4 / 3
    assert percent_encoded + base64 < 8192 - 512
    assert detail.message_zh.endswith("…")
    assert detail.fields["path"].endswith("…")


async def test_the_longest_error_reaches_its_caller(door, refusal):
    refused = await refusal(door.speaking("editor", "zh").resources.Get(api.GetResourceRequest(name="长" * 100_000)))
    assert refused.status is grpc.StatusCode.NOT_FOUND
    change = api.UpdateResourceRequest(name="resources/" + "7" * 26)
    change.update_mask.paths.append("长" * 100_000)
    refused = await refusal(door.speaking("editor", "zh").resources.Update(change))
    assert refused.detail.reason == "FIELD_NOT_ONE_OF"


async def leaks(call):
    """Whether a failing call tells its caller what the inside said."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    told = [caught.value.details(), *map(str, caught.value.trailing_metadata()), str(caught.value)]
    return any(SECRET in text for text in told)


async def test_the_inside_is_logged_and_never_told(open_door, refusal):
    async with open_door(Broken()) as door:
        with capture_logs() as logged:
            refused = await refusal(door["admin"].resources.Get(api.GetResourceRequest(name="x")))
            assert not await leaks(door["admin"].resources.Get(api.GetResourceRequest(name="x")))
        assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
        assert refused.call_id in refused.text
        assert (logged[0]["event"], logged[0]["call_id"], logged[0]["exc_info"]) == (
            "call_failed",
            refused.call_id,
            True,
        )


async def test_after_a_failed_write_nothing_is_promised(open_door, new, refusal):
    async with open_door(Broken()) as door:
        with capture_logs():
            refused = await refusal(door["admin"].resources.Create(api.CreateResourceRequest(resource=new())))
        assert refused.detail.reason == "INTERNAL_OUTCOME_UNKNOWN"


async def test_the_librarys_own_manner_is_found_leaking():
    async def handle(request, context):
        raise RuntimeError(SECRET)

    server = grpc.aio.server()
    handlers = {"Get": grpc.unary_unary_rpc_method_handler(handle)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("twin", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert await leaks(channel.unary_unary("/twin/Get")(b""))
    await server.stop(0)


async def test_a_time_to_wait_travels_as_a_duration(open_door, refusal):
    class Cut(Broken):
        def read(self):
            raise Unavailable("STORE_UNAVAILABLE", retry_after=2)

    async with open_door(Cut()) as door:
        refused = await refusal(door["admin"].resources.Get(api.GetResourceRequest(name="x")))
    assert (refused.status, refused.detail.retry_after.seconds) == (grpc.StatusCode.UNAVAILABLE, 2)


async def test_an_answer_names_its_call_too(door):
    call = door["admin"].resources.List(api.ListResourcesRequest())
    await call
    assert len((await call.trailing_metadata())["ucs-call-id"]) == 26


def test_fields_without_a_value_do_not_travel():
    assert dict(errors.detail_of(NotFound("NOT_FOUND", object="x", near=None)).fields) == {"object": "x"}


async def test_get_without_a_name_says_what_a_name_looks_like(door, refusal):
    # The token is new to the first call and known to the second, which is tried by the hot way first.
    editor = door["editor"]
    for _ in range(2):
        refused = await refusal(editor.resources.Get(api.GetResourceRequest()))
        assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "NAME_MISSING")
        assert "resources/01" in refused.detail.message_en
        assert "resources/01" in refused.detail.message_zh
