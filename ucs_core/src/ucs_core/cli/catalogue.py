"""What the client verbs ask of the catalogue, and how its answers read in a file: `share_type`, not `shareType`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from ucs_core.cli.client import Answer, Client
from ucs_core.cli.output import Answered
from ucs_core.cli.verb import Misused
from ucs_sdk.commands import say, spoken_locale
from ucs_sdk.errors import Code
from ucs_sdk.vocabulary import Availability, ReviewState, Term

CONTENT_FIELDS = (
    "title",
    "summary",
    "tags",
    "region_code",
    "location",
    "classification",
    "provider_code",
    "format",
    "share_type",
    "share_condition",
    "denial_basis",
    "share_mode",
    "open_type",
    "open_condition",
    "data_level",
    "update_cycle",
    "issued_on",
    "conforms_to",
    "related_codes",
    "dependencies",
    "source",
    "synthetic",
    "contact",
    "spec",
    "footprint",
    "temporal",
)
"""The fields of a resource's content, as a file names them."""

_FAR_END = "relation version role required resource{id code title{zh en}}"
_WITHIN = {
    "title": "{zh en}",
    "summary": "{zh en}",
    "location": "{longitude latitude}",
    "temporal": "{start end}",
    "dependencies": f"{{{_FAR_END}}}",
}
_WORD = re.compile(r"_([a-z])")
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def _camel(name: str) -> str:
    return _WORD.sub(lambda match: match[1].upper(), name)


def _snake(name: str) -> str:
    return _CAPITAL.sub(lambda match: f"_{match[1].lower()}", name)


_CONTENT = " ".join(f"{_camel(name)}{_WITHIN.get(name, '')}" for name in CONTENT_FIELDS)

_ANNOUNCED = "{effectiveOn removalOn note alternative{id code title{zh en}}}"

RESOURCE = (
    "id code kind type owner{id title{zh en}} availability availabilityReason createdAt updatedAt revision readable etag "
    f"memberCount deprecation{_ANNOUNCED} notices{{target deprecation{_ANNOUNCED}}} deletedAt purgeAt deletedBy "
    f"{_CONTENT} head{{number state authors createdAt submitter submittedAt reviewer reviewedAt reason "
    f"content{{{_CONTENT}}}}}"
)
"""A resource with its latest revision."""

LISTED = "id code kind type owner{id title{zh en}} availability updatedAt title{zh en} shareType"
"""A resource in a list."""

_WHOLE = f"{RESOURCE} dependants(first: 200){{{_FAR_END}}}"
_BY_ID = f"query($key: ID!) {{ resource(id: $key) {{ {_WHOLE} }} }}"
_BY_CODE = f"query($key: String!) {{ resource(code: $key) {{ {_WHOLE} }} }}"
_GUESS = "query($search: String!) { resources(search: $search, first: 50) { nodes { code title { zh en } } } }"

_ULID = re.compile(r"(?:resources/)?([0-7][0-9A-HJKMNP-TV-Z]{25})\Z", re.IGNORECASE)


def find_resource(client: Client, reference: str) -> Answer:
    """The resource of `resources/ULID`, a bare ULID or a code. Raises Answered where none is seen, with near misses, and
    Misused for the name of something else.
    """
    by_id = _ULID.match(reference)
    if "/" in reference and not by_id:
        raise Misused(
            say(
                f"{reference} is not a resource. Give a code or resources/ULID, as `ucs search` shows them.",
                f"{reference} 不是资源。请给出代码或 resources/ULID，可用 `ucs search` 查找。",
            )
        )
    if by_id:
        answer = client.ask(_BY_ID, key=f"resources/{by_id[1].upper()}")
    else:
        try:
            answer = client.ask(_BY_CODE, key=reference)
        except Answered as error:
            raise _with_near_misses(client, reference, error) from error
    return from_wire(answer["resource"])


def is_name(reference: str) -> bool:
    """Whether a reference is `resources/ULID` or a bare ULID, and not a code."""
    return _ULID.match(reference) is not None


def find_by_code(client: Client, code: str) -> Answer | None:
    """The resource of a code, or None when there is none that may be seen."""
    try:
        return from_wire(client.ask(_BY_CODE, key=code)["resource"])
    except Answered as error:
        if error.code is Code.NOT_FOUND:
            return None
        raise


def _with_near_misses(client: Client, reference: str, error: Answered) -> Answered:
    if error.code is not Code.NOT_FOUND:
        return error
    near = _near_misses(client, reference)
    if not near:
        return error
    guess = say(" Did you mean {}?", "您要找的是 {} 吗？").format(", ".join(near))
    return Answered(error.code, error.reason, error.text + guess, {**error.fields, "near": near})


def _near_misses(client: Client, reference: str) -> list[str]:
    """Codes that look like a misspelt one: among the resources that share its beginning, or that its words find."""
    parts = re.split(r"[-_/.]", reference)
    for words in (" ".join(parts[:-1]), reference):
        try:
            nodes = client.ask(_GUESS, search=words)["resources"]["nodes"] if words.strip() else []
        except Answered:
            # A guess that cannot be made is no error of its own.
            return []
        codes = [node["code"] for node in nodes]
        near = difflib.get_close_matches(reference, codes, n=3, cutoff=0.75)
        if near or (codes and words == reference):
            return near or codes[:3]
    return []


_NAMED_ELSEWHERE = ("spec", "attributes", "schema", "footprint")
"""What holds names of its own making: those of a type's schema, or of a standard."""


def from_wire(answer: Answer) -> Answer:
    """A part of the platform's answer with the names that files and policies use; a specification keeps its own."""
    return {_snake(name): item if name in _NAMED_ELSEWHERE else _renamed(item) for name, item in answer.items()}


def _renamed(value: object) -> object:
    if isinstance(value, dict):
        return from_wire(value)
    return [_renamed(item) for item in value] if isinstance(value, list) else value


def to_wire(content: Mapping[str, object]) -> Answer:
    """Content of a file with the names of the wire."""
    return {_camel(name): value for name, value in content.items()}


def content_of(holder: Answer) -> Answer:
    """The content of a resource or a revision, as a file would state it."""
    content = {name: holder[name] for name in CONTENT_FIELDS}
    content["dependencies"] = [
        {"target": item["resource"]["id"], "relation": item["relation"]}
        | ({"version": item["version"]} if item["version"] else {})
        | ({"role": item["role"]} if item["role"] else {})
        | ({} if item["required"] else {"required": False})
        for item in holder["dependencies"]
    ]
    return content


def titled(texts: Mapping[str, str]) -> str:
    """The wording of a bilingual text that the reader speaks."""
    return texts[spoken_locale().value]


def term(vocabulary: type[Term], value: str) -> str:
    """The title of a word of a vocabulary; a word that this version does not know stands for itself."""
    if value not in tuple(vocabulary):
        return value
    known = vocabulary(value)
    return say(known.title_en, known.title_zh)


def state_of(resource: Answer) -> str:
    """Where a resource stands, for people: its availability, its revision, and the review of a later one."""
    head = resource["head"]
    available = term(Availability, resource["availability"])
    if head is None:
        return available
    review = term(ReviewState, head["state"])
    if head["number"] == resource["revision"]:
        return say(
            f"{available}; revision {head['number']}: {review}", f"{available}；第 {head['number']} 版：{review}"
        )
    return say(
        f"{available} with revision {resource['revision']}; revision {head['number']}: {review}",
        f"{available}（第 {resource['revision']} 版）；第 {head['number']} 版：{review}",
    )
