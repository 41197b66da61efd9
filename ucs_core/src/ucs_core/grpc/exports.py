"""Exports on the wire: pieces of the platform's export as NDJSON."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from ucs.registry.v1 import resource_service_pb2 as service_pb
from ucs_core.platform.exporting import ExportPiece, card_of, line_of

BYTES_MOST = 1024 * 1024
"""A message ends with the resource that takes it beyond this size; clients take 4 MiB unless they say otherwise."""


def to_messages(
    piece: ExportPiece, *, with_card: bool, most: int = BYTES_MOST
) -> Iterator[service_pb.ExportResourcesResponse]:
    """A piece as messages: usually one, more where its resources are large."""
    lines, size, withheld = [], 0, 0
    for item in piece.items:
        card = card_of(item, piece.owners.get(item.owner)) if with_card else {}
        line = orjson.dumps(line_of(item) | card, option=orjson.OPT_APPEND_NEWLINE)
        lines.append(line)
        size += len(line)
        withheld += not item.readable
        if size > most:
            yield _message(lines, withheld, piece.position)
            lines, size, withheld = [], 0, 0
    if lines:
        yield _message(lines, withheld, piece.position)


def _message(lines: list[bytes], withheld: int, position: int) -> service_pb.ExportResourcesResponse:
    return service_pb.ExportResourcesResponse(
        ndjson=b"".join(lines), count=len(lines), withheld=withheld, position=position
    )
