"""Between what a client says and is told, and the messages of the wire."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from ucs.capability.v1 import capability_service_pb2 as capability
from ucs.registry.v1 import resource_pb2
from ucs.registry.v1 import resource_service_pb2 as service
from ucs_sdk.client.models import Change, ChangeType, Deprecation, Operation, Order, Page, Place, Resource, Text
from ucs_sdk.client.wire.plain import name_of, numbers, plain
from ucs_sdk.declarations import Effect
from ucs_sdk.errors import FailedPrecondition, Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType, UpdateCycle

Answer = TypeVar("Answer", bound=BaseModel)
Known = TypeVar("Known", bound=StrEnum)

_ORGANIZATIONS = frozenset({"owner", "owner_subtree"})


def to_get(name: str) -> service.GetResourceRequest:
    """Asks for one resource, by its name or its id."""
    return service.GetResourceRequest(name=name if name.startswith("resources/") else f"resources/{name}")


def to_list(
    words: str | None, choice: Mapping[str, Any], order: Order | str | None, page_size: int
) -> service.ListResourcesRequest:
    """Asks for the first page of resources."""
    request = service.ListResourcesRequest(page_size=page_size)
    chosen(request.filter, {**choice, "search": words})
    chosen(request, {"order_by": order})
    return request


def to_next(request: service.ListResourcesRequest, token: str) -> service.ListResourcesRequest:
    """Asks for the page behind another."""
    asked = service.ListResourcesRequest()
    asked.CopyFrom(request)
    asked.page_token = token
    return asked


def to_watch(choice: Mapping[str, Any], after: int | None) -> service.WatchResourcesRequest:
    """Asks for changes behind a position; None for those from now on."""
    request = service.WatchResourcesRequest(after=after)
    chosen(request, choice)
    return request


def to_operations(of: str | None) -> capability.ListOperationsRequest:
    """Asks for operations."""
    return capability.ListOperationsRequest(capability=of or "")


def to_invoke(operation: str, asked: object, request_id: str) -> capability.InvokeRequest:
    """Calls an operation that answers once."""
    return capability.InvokeRequest(operation=operation, input=encoded(asked), request_id=request_id)


def to_stream(operation: str, asked: object) -> capability.InvokeStreamRequest:
    """Calls an operation that answers with a stream."""
    return capability.InvokeStreamRequest(operation=operation, input=encoded(asked))


def encoded(asked: object) -> bytes:
    """What is asked, a model or a mapping, as JSON. Raises Invalid for what JSON cannot carry."""
    try:
        return to_json({} if asked is None else asked, inf_nan_mode="constants")
    except (PydanticSerializationError, ValueError) as cause:
        raise Invalid("FIELD_INVALID", path="input", problem=Phrase("value-not-json")) from cause


# JSON, as the operation answers.
def decoded(output: bytes, operation: str, model: type[BaseModel] | None) -> Any:  # noqa: ANN401
    """An answer, as JSON or as the model that was asked for. Raises Invalid where it is not of that model."""
    if model is None:
        return json.loads(output)
    try:
        return model.model_validate_json(output)
    except ValidationError as cause:
        path = ".".join(str(part) for part in cause.errors()[0]["loc"]) or "."
        raise Invalid("ANSWER_OF_OTHER_SHAPE", object=operation, model=model.__name__, path=path) from cause


def chosen(message: Message, choice: Mapping[str, Any]) -> None:
    """State in a message what was chosen. Raises Invalid for what there is none of, or is of the wrong type."""
    fields = message.DESCRIPTOR.fields_by_name
    for name, value in choice.items():
        if value is None:
            continue
        if name not in fields:
            raise Invalid("FIELD_UNKNOWN", path=name, near=difflib.get_close_matches(name, fields, n=1))
        try:
            _state(message, name, value)
        except (TypeError, ValueError) as cause:
            raise Invalid("FIELD_INVALID", path=name, problem=Phrase("value-of-other-type")) from cause


def _state(message: Message, name: str, value: Any) -> None:  # noqa: ANN401 -- whatever the caller gave
    field = message.DESCRIPTOR.fields_by_name[name]
    if field.enum_type is not None:
        setattr(message, name, _number(message.DESCRIPTOR, name, value))
    elif isinstance(value, datetime):
        # A moment without a time zone is the caller's own; the wire knows UTC alone.
        getattr(message, name).FromDatetime(value.astimezone(UTC))
    elif field.is_repeated:
        getattr(message, name).extend([value] if isinstance(value, str) else value)
    elif name in _ORGANIZATIONS:
        setattr(message, name, f"organizations/{value.removeprefix('organizations/')}")
    else:
        setattr(message, name, value)


# Descriptors come from the generated code, whose types are not known here.
def _number(descriptor: Any, name: str, value: str) -> int:  # noqa: ANN401
    known = numbers(descriptor.fields_by_name[name].enum_type)
    number = known.get(str(value))
    if number is None:
        near = difflib.get_close_matches(str(value), known, n=1)
        raise Invalid("FIELD_NOT_ONE_OF", path=name, value=str(value)[:80], allowed=list(known), near=near)
    return number


def page(message: service.ListResourcesResponse) -> Page:
    """A page of resources."""
    found = tuple(resource(each) for each in message.resources)
    return Page(resources=found, position=message.position, next=message.next_page_token)


def resource(message: resource_pb2.Resource) -> Resource:
    """A resource as its caller may see it."""
    content, said = message.content, plain(message.content)
    return Resource(
        name=message.name,
        code=message.code,
        kind=_must(ResourceKind, message, "kind"),
        type=message.type,
        owner=message.owner.removeprefix("organizations/"),
        availability=_term(Availability, message, "availability"),
        availability_reason=message.availability_reason,
        title=Text(zh=content.title.zh, en=content.title.en),
        summary=Text(zh=content.summary.zh, en=content.summary.en),
        tags=tuple(content.tags),
        share_type=_term(ShareType, content, "share_type"),
        data_level=_term(DataLevel, content, "data_level"),
        open_type=_term(OpenType, content, "open_type"),
        update_cycle=_term(UpdateCycle, content, "update_cycle"),
        location=_place(content),
        contact=content.contact,
        spec=said.get("spec", {}),
        content=said,
        readable=message.readable,
        revision=message.revision,
        etag=message.etag,
        created_at=_moment(message, "create_time"),
        updated_at=_moment(message, "update_time"),
        deprecation=_deprecation(message),
        member_count=message.member_count if message.HasField("member_count") else None,
    )


def operation(message: capability.Operation) -> Operation:
    """An operation that can be called."""
    return Operation(
        name=message.name,
        resource=message.resource,
        title=Text(zh=message.title_zh, en=message.title_en),
        description=message.description,
        effect=Effect.WRITE if message.changes else Effect.READ,
        streaming=message.streaming,
        input_schema=json.loads(message.input_schema or "{}"),
        output_schema=json.loads(message.output_schema or "{}"),
        plugin=message.plugin,
        plugin_version=message.plugin_version,
        callable=message.callable,
    )


def change(message: service.WatchResourcesResponse) -> Change:
    """A change, or how far a watch has come."""
    return Change(
        position=message.position,
        type=_must(ChangeType, message, "type"),
        name=message.name,
        resource=resource(message.resource) if message.HasField("resource") else None,
    )


def _place(content: resource_pb2.ResourceContent) -> Place | None:
    if not content.HasField("location"):
        return None
    return Place(longitude=content.location.longitude, latitude=content.location.latitude)


def _deprecation(message: resource_pb2.Resource) -> Deprecation | None:
    if not message.HasField("deprecation"):
        return None
    told = message.deprecation
    return Deprecation(
        effective_on=told.effective_on, removal_on=told.removal_on, alternative=told.alternative, note=told.note
    )


def _moment(message: Message, name: str) -> datetime | None:
    held: Timestamp = getattr(message, name)
    return held.ToDatetime(UTC) if message.HasField(name) else None


def _term(terms: type[Known], message: Message, name: str) -> Known | None:
    number = getattr(message, name)
    if not number:
        return None
    enum: Any = message.DESCRIPTOR.fields_by_name[name].enum_type
    value = name_of(enum, number)
    try:
        return terms(value)
    except ValueError as cause:
        raise FailedPrecondition("CLIENT_OUTDATED", path=name, value=value) from cause


def _must(terms: type[Known], message: Message, name: str) -> Known:
    found = _term(terms, message, name)
    if found is None:
        raise FailedPrecondition("CLIENT_OUTDATED", path=name, value="-")
    return found
