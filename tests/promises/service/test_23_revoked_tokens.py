"""Promise 23, its stale half: what was revoked gets nobody in, from the next session on, at no method and no field.

Two nodes on one database: one revokes, the other has verified the token before and remembers it. The twins ignore the
revocation epoch, and forget to hand the token on.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import descriptor_pool
from google.protobuf.message_factory import GetMessageClass
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
)
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from ucs.errors.v1.error_detail_pb2 import ErrorDetail
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.access.tokens import LocalIssuer, TokenProfile, TokenVerifier
from ucs_core.grpc.server import SERVICES
from ucs_core.platform import Call, Platform, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal, Subject
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

PROVIDER = "https://id.example"
LOCAL_KEY, PROVIDER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
ADMIN = Call(principal="admin")
SUBJECT = "0-1-2"
METHODS_LEAST, FIELDS_LEAST = 40, 40

Build = Callable[[Any, Any], Platform]


def local(now: Callable[[], float] = time.time) -> LocalIssuer:
    return LocalIssuer(LOCAL_KEY, now=now)


def provider() -> LocalIssuer:
    """Somebody else who signs as the local issuer does, so that the proof needs no second machinery."""
    return LocalIssuer(PROVIDER_KEY, profile=TokenProfile(issuer=PROVIDER))


class Either:
    """Believes both."""

    def __init__(self) -> None:
        self._local = local().verifier()
        self._provider = TokenVerifier(provider().public_keys, TokenProfile(issuer=PROVIDER, own=False))

    async def vouch(self, token: str) -> Any:
        try:
            return self._local.verify(token)
        except UcsError:
            return self._provider.verify(token)

    def known(self, digest: bytes) -> Any:
        return self._local.known(digest) or self._provider.known(digest)


def sound(store: Any, _: Any) -> Platform:
    return build_platform(store, Either(), origin="here")


class Forgetful(Platform):
    """The twin: its sessions are told who calls, and not by which token."""

    def session(self, principal: str, token: Any = None) -> Any:
        return self.reading.session(principal)


def forgetful(store: Any, _: Any) -> Platform:
    whole = sound(store, _)
    return Forgetful(**{field.name: getattr(whole, field.name) for field in dataclasses.fields(whole)})


class Epochless:
    """The twin: a store whose readers tell nothing of revocation epochs."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def read(self) -> Any:
        return self._without(self._store.read())

    def write(self) -> Any:
        return self._without(self._store.write())

    @asynccontextmanager
    async def _without(self, opened: Any) -> AsyncIterator[Any]:
        async with opened as reader:
            yield EpochlessReader(reader)


class EpochlessReader:
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    async def principals(self) -> list[Principal]:
        return [each.model_copy(update={"revoked_before": None}) for each in await self._reader.principals()]


@asynccontextmanager
async def pair(
    open_nodes: Any, database: str, build: Build = sound, wrap: Callable[[Any], Any] = lambda store: store
) -> AsyncIterator[tuple[Any, Any]]:
    """The platform of a node that revokes, and the doors of another, which take tokens as they are."""
    async with open_nodes(database, 2, build=build, wrap=wrap) as [first, second]:
        kinds = {"level": OrganizationLevel.CITY, "kind": OrganizationKind.DIVISION}
        top = NewOrganization(id="3702", parent=None, title=Bilingual(zh="青岛", en="Qingdao"), **kinds)
        people = [
            Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization="3702") for id in ("admin", "ada", "bob")
        ]
        people[1] = people[1].model_copy(update={"subject": Subject(issuer=PROVIDER, subject=SUBJECT)})
        await found(first.store, system_clock, "here", [top], people[0])
        await first.platform.administration.put_principals(ADMIN, [each.model_dump(mode="json") for each in people[1:]])
        async with second.doors() as doors:
            doors._token = lambda text: text
            yield first.platform, doors


def service_methods() -> list[Any]:
    pool = descriptor_pool.Default()
    return [method for name in SERVICES for method in pool.FindServiceByName(name).methods]


def filled(message: Any, *, inside: bool = False) -> Any:
    """A message with one of everything that a method might insist on before it asks anything."""
    for field in message.DESCRIPTOR.fields:
        if field.is_repeated:
            if field.message_type is not None and not field.message_type.GetOptions().map_entry:
                filled(getattr(message, field.name).add(), inside=True)
        elif field.enum_type is not None:
            setattr(message, field.name, field.enum_type.values[1].number)
        elif field.type == field.TYPE_STRING and inside:
            # What is a principal's or a resource's is named as one.
            setattr(message, field.name, f"{field.name}s/{'0' * 26}")
    return message


async def reason_of(call: Any) -> str:
    """The reason in the trailer of a call; `OK` when it was answered."""
    try:
        async with asyncio.timeout(10):
            async for _ in call:
                return "OK"
    except grpc.aio.AioRpcError as failure:
        trailing = failure.trailing_metadata() or {}
        return ErrorDetail.FromString(trailing["ucs-error-bin"]).reason if "ucs-error-bin" in trailing else str(failure)
    return "OK"


async def at_methods(doors: Any, token: str) -> dict[str, str]:
    """What every method of every service says to a token."""
    metadata, found = doors.metadata(token), {}
    for method in service_methods():
        path = f"/{method.containing_service.full_name}/{method.name}"
        message = filled(GetMessageClass(method.input_type)()).SerializeToString()
        if method.client_streaming:
            found[path] = await reason_of(doors.channel.stream_stream(path)(_one(message), metadata=metadata))
        else:
            found[path] = await reason_of(doors.channel.unary_stream(path)(message, metadata=metadata))
    question = reflection_pb2.ServerReflectionRequest(list_services="")
    ask = ServerReflectionStub(doors.channel).ServerReflectionInfo
    found["reflection"] = await reason_of(ask(_one(question), metadata=metadata))
    return found


async def _one(message: Any) -> AsyncIterator[Any]:
    yield message
    # A call that is refused under the writer's hands loses its status on the client's side.
    await asyncio.sleep(0.02)


def fields(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Every field of every operation, as a document that asks for it with whatever it needs."""
    operations = {
        "query": schema.query_type,
        "mutation": schema.mutation_type,
        "subscription": schema.subscription_type,
    }
    for operation, type in operations.items():
        for name, field in type.fields.items() if type else ():
            yield f"{operation} {name}", f"{operation} {{ {name}{_arguments(field)}{_selection(field)} }}"


def _arguments(field: GraphQLField) -> str:
    needed = {name: item.type for name, item in field.args.items() if isinstance(item.type, GraphQLNonNull)}
    stated = ", ".join(f"{name}: {_value(type)}" for name, type in needed.items())
    return f"({stated})" if stated else ""


def _selection(field: GraphQLField) -> str:
    return "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"


VALUES = {"Int": "1", "Position": "1", "Float": "1.0", "Boolean": "true", "JSON": "{}", "Date": '"2026-06-01"'}
"""A value of each scalar; any text does for the others."""


def _value(type: GraphQLInputType) -> str:
    match type:
        case GraphQLNonNull():
            return _value(type.of_type)
        case GraphQLList():
            return f"[{_value(type.of_type)}]"
        case GraphQLEnumType():
            return next(iter(type.values))
        case GraphQLInputObjectType():
            needed = {name: item.type for name, item in type.fields.items() if isinstance(item.type, GraphQLNonNull)}
            return "{" + ", ".join(f"{name}: {_value(part)}" for name, part in needed.items()) + "}"
        case _:
            return VALUES.get(type.name, '"1"')


async def at_fields(doors: Any, token: str) -> dict[str, str]:
    """What every field of the schema says to a token."""
    schema = build_schema(files("ucs_core.graphql").joinpath("schema.graphql").read_text("utf-8"))
    found = {}
    for name, document in fields(schema):
        headers = dict(doors.metadata(token))
        if name.startswith("subscription"):
            headers["accept"] = "text/event-stream"
        answer = await doors._http.post("/graphql", json={"query": document}, headers=headers)
        events = answer.text.partition("data:")[2].partition("\n")[0]
        body = json.loads(events or answer.text)
        found[name] = body["errors"][0]["extensions"]["reason"] if body.get("errors") else "OK"
    return found


async def at_a_glance(doors: Any, token: str) -> dict[str, str]:
    """What a read and a write say to a token, at each door."""
    found = {}
    asked = {
        "graphql read": doors.graphql(token, "{ viewer { id } }"),
        "graphql write": doors.graphql(token, 'mutation { submitResource(id: "resources/1") { __typename } }'),
        "grpc read": doors.rpc(token, ResourceServiceStub, "List", api.ListResourcesRequest()),
        "grpc write": doors.rpc(token, ResourceServiceStub, "Submit", api.SubmitResourceRequest(name="resources/1")),
    }
    for name, asking in asked.items():
        try:
            await asking
            found[name] = "OK"
        except UcsError as refusal:
            found[name] = refusal.reason
    return found


def unlike(answers: dict[str, str], reason: str, findings: Any) -> list[str]:
    findings.tried += len(answers)
    return [f"{name}: {answer}" for name, answer in answers.items() if answer != reason]


def let_in(answers: dict[str, str]) -> bool:
    """Whether reads were answered, and writes were refused for what they ask and not for who asks it."""
    return not any(answer.startswith(("TOKEN", "SUBJECT", "PRINCIPAL")) for answer in answers.values())


async def test_no_method_and_no_field_takes_a_revoked_token(database, open_nodes, findings):
    async with pair(open_nodes, database) as (platform, doors):
        token = local().issue("ada", lifetime=timedelta(minutes=10))
        assert let_in(await at_a_glance(doors, token))
        await platform.principals.revoke_tokens(ADMIN, "principals/ada")
        findings.faults += 1
        methods, asked = await at_methods(doors, token), await at_fields(doors, token)
        assert len(methods) >= METHODS_LEAST
        assert len(asked) >= FIELDS_LEAST
        findings.expect_none(unlike(methods | asked, "TOKEN_REVOKED", findings))


async def _revoke_tokens(platform: Platform) -> str:
    await platform.principals.revoke_tokens(ADMIN, "principals/ada")
    return "TOKEN_REVOKED"


async def _revoke_keys(platform: Platform) -> str:
    await platform.keys.revoke(ADMIN, [*local().public_keys, *provider().public_keys])
    return "TOKEN_REVOKED"


async def _disable(platform: Platform) -> str:
    await platform.principals.disable(ADMIN, "principals/ada", "left")
    return "PRINCIPAL_UNKNOWN"


async def _unbind(platform: Platform) -> str:
    await platform.principals.unbind(ADMIN, "principals/ada")
    return "SUBJECT_UNKNOWN"


@pytest.mark.parametrize(
    ("revoke", "issuers"),
    [
        (_revoke_tokens, ("local", "provider")),
        (_revoke_keys, ("local", "provider")),
        (_disable, ("local", "provider")),
        (_unbind, ("provider",)),
    ],
)
async def test_what_is_revoked_at_one_node_ends_at_the_others(database, open_nodes, findings, revoke, issuers):
    async with pair(open_nodes, database) as (platform, doors):
        tokens = [_token(issuer) for issuer in issuers]
        for token in tokens:
            assert let_in(await at_a_glance(doors, token))
        reason = await revoke(platform)
        findings.faults += 1
        for token in tokens:
            findings.expect_none(unlike(await at_a_glance(doors, token), reason, findings))


def _token(issuer: str) -> str:
    if issuer == "local":
        return local().issue("ada", lifetime=timedelta(minutes=10))
    return provider().issue(SUBJECT, lifetime=timedelta(minutes=10))


async def test_a_subject_that_changes_hands_takes_its_tokens_along(database, open_nodes, findings):
    async with pair(open_nodes, database) as (platform, doors):
        token = _token("provider")
        assert (await doors.graphql(token, "{ viewer { id } }"))["viewer"]["id"] == "principals/ada"
        await platform.principals.unbind(ADMIN, "principals/ada")
        await platform.principals.bind(ADMIN, "principals/bob", PROVIDER, SUBJECT)
        assert (await doors.graphql(token, "{ viewer { id } }"))["viewer"]["id"] == "principals/bob"
        findings.tried += 2


async def test_a_session_under_an_earlier_binding_is_refused(database, open_nodes, findings):
    async with pair(open_nodes, database) as (platform, _):
        known = await platform.authenticate(f"Bearer {_token('provider')}")
        await platform.principals.unbind(ADMIN, "principals/ada")
        await platform.principals.bind(ADMIN, "principals/bob", PROVIDER, SUBJECT)
        findings.tried += 1
        with pytest.raises(UcsError, match="TOKEN_REVOKED"):
            async with platform.session(known.principal, known.token):
                pass


async def test_a_token_from_after_the_revocation_counts(database, open_nodes, findings):
    async with pair(open_nodes, database) as (platform, doors):
        await platform.principals.revoke_tokens(ADMIN, "principals/ada")
        later = local(now=lambda: time.time() + 2).issue("ada", lifetime=timedelta(minutes=10))
        findings.tried += 1
        assert let_in(await at_a_glance(doors, later))


async def test_a_key_is_revoked_by_the_platforms_administrators_alone(database, open_nodes, findings):
    async with pair(open_nodes, database) as (platform, doors):
        findings.tried += 1
        with pytest.raises(UcsError, match="DENIED"):
            await platform.keys.revoke(Call(principal="ada"), list(local().public_keys))
        assert let_in(await at_a_glance(doors, _token("local")))


async def test_a_check_that_ignores_the_epoch_is_caught(sqlite_url, open_nodes, findings):
    async with pair(open_nodes, sqlite_url, wrap=Epochless) as (platform, doors):
        token = _token("local")
        await platform.principals.revoke_tokens(ADMIN, "principals/ada")
        found = unlike(await at_a_glance(doors, token), "TOKEN_REVOKED", findings)
        findings.expect_caught("no epoch", found)


async def test_a_door_that_forgets_the_token_is_caught(sqlite_url, open_nodes, findings):
    async with pair(open_nodes, sqlite_url, build=forgetful) as (platform, doors):
        token = _token("local")
        await platform.principals.revoke_tokens(ADMIN, "principals/ada")
        methods, asked = await at_methods(doors, token), await at_fields(doors, token)
        findings.expect_caught("token forgotten", unlike(methods | asked, "TOKEN_REVOKED", findings))
