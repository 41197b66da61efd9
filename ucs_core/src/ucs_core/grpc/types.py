"""Types and vocabularies between the wire and the platform."""

from __future__ import annotations

from typing import Any

from ucs.registry.v1 import type_pb2 as pb
from ucs.registry.v1 import type_service_pb2 as service_pb
from ucs_core.grpc.conversion import filled, plain
from ucs_core.platform.types import TypePut
from ucs_registry.types import ResourceType
from ucs_registry.vocabularies import Vocabulary


def to_message(type: ResourceType) -> pb.ResourceType:
    """A version of a type; types have no secrets."""
    members = type.members
    values = {
        "name": type.name,
        "version": type.version,
        "kind": type.kind,
        "title": type.title,
        "schema": type.schema,
        "members": None if members is None else {"code": members.code, "schema": members.schema},
        "create_time": type.created_at,
        "creator": type.created_by,
        "etag": type.etag,
    }
    return filled(pb.ResourceType(), values)


def put_message(put: TypePut) -> service_pb.PutTypeResponse:
    """What became of a version."""
    return service_pb.PutTypeResponse(
        type=to_message(put.type),
        breaks=[
            filled(
                pb.SchemaBreak(),
                {"path": item.path, "kind": item.kind, "problem": {"zh": item.zh, "en": item.en}},
            )
            for item in put.breaks
        ],
        examined=put.survey.examined,
        unsatisfied=put.survey.unsatisfied,
        unsatisfied_names=put.survey.names,
    )


def vocabulary_message(vocabulary: Vocabulary) -> pb.Vocabulary:
    """A vocabulary; vocabularies have no secrets."""
    values = {
        "name": vocabulary.name,
        "version": vocabulary.version,
        "title": vocabulary.title,
        "terms": vocabulary.terms,
        "closed": vocabulary.closed,
        "update_time": vocabulary.updated_at,
        "updater": vocabulary.updated_by,
        "etag": vocabulary.etag,
    }
    return filled(pb.Vocabulary(), values)


def new_type(message: pb.NewType) -> dict[str, Any]:
    """A type to be entered, as the platform takes it."""
    return plain(message)


def new_vocabulary(message: pb.NewVocabulary) -> dict[str, Any]:
    """A vocabulary to be entered, as the platform takes it."""
    # A list without terms is one that was not stated, to the wire.
    return {"terms": []} | plain(message)
