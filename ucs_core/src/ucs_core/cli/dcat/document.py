"""A DCAT document as it is written: what begins it, each resource's part, and what ends it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

if TYPE_CHECKING:
    from ucs_core.cli.dcat.description import Triple

SYNTAXES = ("turtle", "json-ld")

DEFAULT_BASE = "urn:ucs:"
"""With what the names of resources, organisations and the catalogue itself begin, where nothing else is said."""

_BASE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]*[/:#]\Z")

Write = Callable[[Mapping[str, Any]], None]
"""Writes one resource, as a line of an export with its card has it."""


@contextmanager
def dcat_document(file: IO[bytes], syntax: str, base: str) -> Iterator[Write]:
    """A document that is written to a file resource by resource. Raises Invalid for a base that no name can begin with."""
    if not _BASE.match(base):
        raise Invalid("FIELD_INVALID", path="--base", problem=Phrase("dcat-base", value=base[:80]))
    # RDF is spoken by few of those who type `ucs`.
    from ucs_core.cli.dcat.description import catalogue_of, triples_of  # noqa: PLC0415 - see above

    begin, part, end = (_turtle_head, _turtle, b"") if syntax == "turtle" else (_json_head, _json, b"\n]}\n")
    file.write(begin())
    file.write(part(catalogue_of(base), first=True))
    yield lambda line: _ignored(file.write(part(triples_of(line, base), first=False)))
    file.write(end)


def _ignored(count: int) -> None:
    """The number of bytes is nobody's business."""


def _turtle_head() -> bytes:
    from ucs_core.cli.dcat.vocabulary import PREFIXES  # noqa: PLC0415 - see `dcat_document`

    return "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()).encode()


def _turtle(triples: Sequence[Triple], *, first: bool) -> bytes:
    """Triples as Turtle, a paragraph for each subject."""
    from ucs_core.cli.dcat.vocabulary import short  # noqa: PLC0415 - see `dcat_document`

    paragraphs: dict[str, list[str]] = {}
    for subject, predicate, value in triples:
        paragraphs.setdefault(short(subject), []).append(f"{short(predicate)} {short(value)}")
    said = ("\n" + subject + " " + " ;\n    ".join(facts) + " .\n" for subject, facts in paragraphs.items())
    return "".join(said).encode()


def _json_head() -> bytes:
    from ucs_core.cli.dcat.vocabulary import PREFIXES  # noqa: PLC0415 - see `dcat_document`

    context = {name: str(iri) for name, iri in PREFIXES.items()}
    return f'{{"@context": {json.dumps(context)},\n"@graph": ['.encode()


def _json(triples: Sequence[Triple], *, first: bool) -> bytes:
    """Triples as nodes of JSON-LD, without the bracket around them."""
    from ucs_core.cli.dcat.vocabulary import node_id, node_value  # noqa: PLC0415 - see `dcat_document`

    nodes: dict[str, dict[str, Any]] = {}
    for subject, predicate, value in triples:
        node = nodes.setdefault(node_id(subject), {"@id": node_id(subject)})
        key, told = node_value(predicate, value)
        node.setdefault(key, []).append(told)
    parts = [json.dumps(node, ensure_ascii=False) for node in nodes.values()]
    return ("\n" if first else ",\n").encode() + ",\n".join(parts).encode()
