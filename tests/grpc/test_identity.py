"""Who gets in: every method asks for a token, and says nothing to those without."""

from importlib import import_module
from pathlib import Path

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.grpc.server import SERVICES, add_services

PROTO = Path(__file__).parents[2] / "proto"


def every_method():
    """Every method of every service that the .proto files of the platform define."""
    files = sorted(PROTO.rglob("ucs/*/v1/*_service.proto"))
    modules = [import_module(".".join(file.relative_to(PROTO).with_suffix("").parts) + "_pb2") for file in files]
    services = [service for module in modules for service in module.DESCRIPTOR.services_by_name.values()]
    return [method for service in services for method in service.methods]


async def open_methods(address, metadata=()):
    """The methods that let a caller with this metadata further than to the question who it is."""
    found = []
    async with grpc.aio.insecure_channel(address) as channel:
        for method in every_method():
            path = f"/{method.containing_service.full_name}/{method.name}"
            message = GetMessageClass(method.input_type)().SerializeToString()
            if method.client_streaming:
                # Nothing is sent: grpc.aio loses the status of a call that is refused under the writer's hands.
                call = channel.stream_unary(path)(iter(()), metadata=metadata)
            else:
                call = channel.unary_unary(path)(message, metadata=metadata)
            if await call.code() is not grpc.StatusCode.UNAUTHENTICATED:
                found.append(path)
    return found


def test_the_services_are_those_of_the_proto_files():
    assert {method.containing_service.full_name for method in every_method()} == set(SERVICES)
    assert len(every_method()) >= 40


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", "Bearer nonsense"),),
        (("authorization", "Basic YWRtaW46YWRtaW4="),),
        (("authorization", "Bearer "),),
        (("authorization-bin", b"Bearer x"),),
    ],
)
async def test_no_method_answers_without_a_sound_token(door, metadata):
    assert await open_methods(door.server.address, metadata) == []


async def test_methods_without_the_gate_are_found_open(door):
    bare = grpc.aio.server()
    add_services(bare, door.platform, door.settings)
    port = bare.add_insecure_port("127.0.0.1:0")
    await bare.start()
    try:
        assert len(await open_methods(f"127.0.0.1:{port}")) == len(every_method())
    finally:
        await bare.stop(0)


async def test_a_refused_token_is_explained_in_both_languages(door, refusal):
    nobody = door.anybody(("accept-language", "zh-CN,zh;q=0.9,en;q=0.1"))
    refused = await refusal(nobody.resources.Get(api.GetResourceRequest()))
    assert refused.detail.reason == "TOKEN_MISSING"
    assert refused.text == refused.detail.message_zh
    assert "需要令牌" in refused.text
    assert "needs a bearer token" in refused.detail.message_en
    assert len(refused.call_id) == 26


async def test_a_token_of_another_key_is_refused(door, open_door, gated_store, refusal):
    async with open_door(gated_store) as stranger:
        person = door.anybody(("authorization", f"Bearer {stranger.token('admin')}"))
    refused = await refusal(person.resources.List(api.ListResourcesRequest()))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_UNTRUSTED")


async def test_a_principal_that_nobody_knows_is_refused(door, refusal):
    refused = await refusal(door["stranger"].resources.List(api.ListResourcesRequest()))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.UNAUTHENTICATED, "PRINCIPAL_UNKNOWN")


async def test_health_needs_no_token(door):
    health = HealthStub(door.channel)
    for service in ("", *SERVICES):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health.Check(health_pb2.HealthCheckRequest(service="ucs.registry.v1.Nothing"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_reflection_needs_a_token_and_knows_every_service(door):
    ask = ServerReflectionStub(door.channel).ServerReflectionInfo
    question = reflection_pb2.ServerReflectionRequest(list_services="")
    metadata = [("authorization", f"Bearer {door.token('outsider')}")]
    answers = [answer async for answer in ask(iter([question]), metadata=metadata)]
    listed = {service.name for service in answers[0].list_services_response.service}
    assert set(SERVICES) <= listed
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await anext(aiter(ask(iter([question]))))
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_reflection_gives_the_descriptors(door):
    ask = ServerReflectionStub(door.channel).ServerReflectionInfo
    question = reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICES[0])
    metadata = [("authorization", f"Bearer {door.token('outsider')}")]
    answers = [answer async for answer in ask(iter([question]), metadata=metadata)]
    assert len(answers[0].file_descriptor_response.file_descriptor_proto) > 1
