"""The log between the platform and the wire."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ucs.log.v1 import log_pb2 as pb
from ucs_core.grpc.conversion import filled
from ucs_core.platform.log_proofs import ConsistencyProof, InclusionProof, document_of
from ucs_registry.checkpoints import Checkpoint
from ucs_registry.log import Entry
from ucs_registry.resources import AccessAttributes


def entry_message(entry: Entry) -> pb.LogEntry:
    """An entry; what is not shown of it, or was dropped, is unset."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    shown = {name: _attributes(values[name]) for name in ("access_before", "access_after")}
    return filled(pb.LogEntry(), values | shown)


def checkpoint_message(checkpoint: Checkpoint) -> pb.Checkpoint:
    """A checkpoint with its note."""
    return filled(pb.Checkpoint(), {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)})


def inclusion_message(proof: InclusionProof) -> pb.InclusionProof:
    """The proof of an entry."""
    return pb.InclusionProof(
        entry=entry_message(proof.entry),
        position=proof.position,
        size=proof.size,
        root=proof.root,
        hashes=proof.hashes,
        checkpoint=_checkpoint(proof.checkpoint),
        document=document_of(proof) or "",
    )


def consistency_message(proof: ConsistencyProof) -> pb.ConsistencyProof:
    """The proof that the log has only grown."""
    return pb.ConsistencyProof(
        first=proof.first,
        second=proof.second,
        first_root=proof.first_root,
        second_root=proof.second_root,
        hashes=proof.hashes,
        checkpoint=_checkpoint(proof.checkpoint),
        document=document_of(proof) or "",
    )


def _checkpoint(checkpoint: Checkpoint | None) -> pb.Checkpoint | None:
    return None if checkpoint is None else checkpoint_message(checkpoint)


def _attributes(attributes: AccessAttributes | None) -> dict[str, Any] | None:
    return None if attributes is None else dict(attributes) | {"owner": f"organizations/{attributes.owner}"}
