"""A family of hostile documents: each is refused or admitted at a small price, whatever it would have cost to run."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hostile_reads import hostile_reads

from ucs_core.graphql import DocumentErrors, Limits
from ucs_core.graphql.documents import Documents
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_sdk.errors import UcsError

CPU_SECONDS_MOST, BYTES_MOST = 0.05, 32 * 1024 * 1024

SIZES = (3, 20, 60, 200, 600, 2_000, 30_000)


def selections(size: int) -> Iterator[tuple[str, str]]:
    """Fields, aliases, operations and introspection."""
    some = range(size)
    yield "nested fields", "{" + "node(id:1){... on Organization{parent{" * size + "id" + "}}}" * size + "}"
    yield "nested pages", "{organizations" + "{nodes{children(first:200)" * size + "{nodes{id}}" + "}}" * size + "}"
    yield "aliases", "{" + " ".join(f"a{n}:viewer{{id}}" for n in some) + "}"
    yield "the same field", "{" + "viewer{id}" * size + "}"
    yield "the same nested field", "{viewer{" + "organization{title{zh}}" * size + "}}"
    yield "the same field, nested", "{" + "viewer{" * 8 + "organization{id}" * size + "}" * 8 + "}"
    yield "unknown fields", "{" + " ".join(f"unknown{n}" for n in some) + "}"
    yield "near misses", "{viewer{" + " ".join(f"organizatio{n}" for n in some) + "}}"
    yield "one long name", "{" + "a" * size * 4 + "}"


def fragments(size: int) -> Iterator[tuple[str, str]]:
    """Fragments of every kind, and directives."""
    some = range(size)
    few = range(min(size, 60))
    yield (
        "fragments that spread all behind them",
        "{...F0}"
        + "".join(f"fragment F{n} on Query{{{' '.join(f'...F{further}' for further in few[n + 1 :])}}}" for n in few),
    )
    yield (
        "doubling fragments",
        "{...F0}"
        + "".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in some)
        + f"fragment F{size} on Query{{viewer{{id}}}}",
    )
    yield (
        "doubling fragments with fields",
        "{viewer{organization{...F0}}}"
        + "".join(f"fragment F{n} on Organization{{a:parent{{...F{n + 1}}} b:parent{{...F{n + 1}}}}}" for n in some)
        + f"fragment F{size} on Organization{{id}}",
    )
    yield (
        "a chain of fragments",
        "{...F0}"
        + "".join(f"fragment F{n} on Query{{...F{n + 1}}}" for n in some)
        + (f"fragment F{size} on Query{{viewer{{id}}}}"),
    )
    yield "a circle of fragments", "{...F0}" + "".join(f"fragment F{n} on Query{{...F{(n + 1) % size}}}" for n in some)
    yield "fragments that spread themselves", "{...F}fragment F on Query{" + "...F " * size + "}"
    yield (
        "fragments side by side",
        "{"
        + " ".join(f"...F{n}" for n in some)
        + "}"
        + "".join(f"fragment F{n} on Query{{viewer{{id}}}}" for n in some),
    )
    yield "one fragment again and again", "{" + "...F " * size + "}fragment F on Query{viewer{id}}"
    yield (
        "fragments that nobody spreads",
        "{viewer{id}}" + "".join(f"fragment F{n} on Query{{viewer{{id}}}}" for n in some),
    )
    yield "fragments of one name", "{...F}" + "fragment F on Query{viewer{id}}" * size
    yield "fragments on unknown types", "{viewer{id}}" + "".join(f"fragment F{n} on T{n}{{x}}" for n in some)
    yield "inline fragments, nested", "{" + "...{" * size + "viewer{id}" + "}" * size + "}"
    yield "inline fragments, side by side", "{" + "...on Query{viewer{id}}" * size + "}"
    yield "directives", "{viewer " + "@skip(if:false)" * size + "{id}}"
    yield "directives everywhere", "{" + "viewer @include(if:true){id @skip(if:false)}" * size + "}"
    yield "unknown directives", "{viewer " + " ".join(f"@d{n}(a:1)" for n in some) + "{id}}"
    yield "directives on variables", "query(" + " ".join(f"$v{n}:Int @skip(if:true)" for n in some) + "){viewer{id}}"


def arguments(size: int) -> Iterator[tuple[str, str]]:
    """Operations, variables, arguments and values."""
    some = range(size)
    yield "operations", " ".join(f"query Q{n}{{viewer{{id}}}}" for n in some)
    yield "anonymous operations", "{viewer{id}}" * size
    yield "variables", "query(" + " ".join(f"$v{n}:Int=1" for n in some) + "){viewer{id}}"
    yield "variables of one name", "query(" + "$v:Int " * size + "){viewer{id}}"
    yield "list types", "query($v:" + "[" * size + "Int" + "]" * size + "){viewer{id}}"
    yield "a list of arguments", "{resource(" + " ".join(f"a{n}:1" for n in some) + "){id}}"
    yield "one argument again and again", "{resource(" + 'id:"x" ' * size + "){id}}"
    yield "a long list", "mutation{createResource(input:{code:[" + "1 " * size + "]}){id}}"
    yield "a deep list", "mutation{createResource(input:{code:" + "[" * size + "]" * size + "}){id}}"
    yield "a deep object", "mutation{createResource(input:" + "{a:" * size + "1" + "}" * size + "){id}}"
    yield "a wide object", "mutation{createResource(input:{" + " ".join(f"f{n}:1" for n in some) + "}){id}}"
    yield (
        "free JSON",
        "mutation{updateResource(id:1,etag:1,content:{spec:{" + " ".join(f"f{n}:{n}" for n in some) + "}}){id}}",
    )
    yield (
        "deep free JSON",
        ('mutation{updateResource(id:1,etag:"v",content:{spec:' + "{a:" * size + "1" + "}" * size + "}){id}}"),
    )
    yield (
        "same field, heavy arguments",
        "{" + ("resources(filter:{tag:" + '"t"' + '} search:"s" first:1){totalCount}') * size + "}",
    )


def texts(size: int) -> Iterator[tuple[str, str]]:
    """Strings, numbers, comments, and what is no document at all."""
    some = range(size)
    yield "a long string", '{resource(code:"' + "水" * size * 4 + '"){id}}'
    yield "escapes", '{resource(code:"' + "\\u6c34" * size + '"){id}}'
    yield "a broken escape", '{resource(code:"' + "\\u{110000}" * size + '"){id}}'
    yield "a block string", '{resource(code:"""' + "\n  x" * size + '"""){id}}'
    yield "a string without end", '{resource(code:"' + "x" * size * 4
    yield "numbers of many digits", "{resources(first:" + "9" * size * 4 + "){totalCount}}"
    yield "a number of many decimals", "{resources(first:1." + "9" * size * 4 + "e9){totalCount}}"
    yield "comments", "#\n" * size + "{viewer{id}}"
    yield "one long comment", "#" + "x" * size * 4 + "\n{viewer{id}}"
    yield "spaces", " ," * size + "{viewer{id}}"
    yield "brackets without end", "{" * size
    yield "closing brackets", "}" * size
    yield "punctuation", "!$&()...:=@[]{|}" * size
    yield "introspection, nested", "{__schema{types{" + "fields{type{" * size + "name" + "}}" * size + "}}}"
    yield "introspection, aliased", "{" + " ".join(f"a{n}:__schema{{types{{name fields{{name}}}}}}" for n in some) + "}"
    yield (
        "pages of pages",
        "{"
        + " ".join(
            f"a{n}:resources(first:200){{nodes{{dependencies{{resource{{dependants{{resource{{id}}}}}}}}}}}}"
            for n in some
        )
        + "}",
    )
    yield "type definitions", "".join(f"type T{n}{{a:Int}} " for n in some)
    yield "control characters", "{viewer{id}}" + "\x07" * size
    yield "other scripts", "{" + "字段" * size + "}"
    yield "byte order marks", "\ufeff" * size + "{viewer{id}}"
    yield "emoji names", "{" + "😀{" * size


def documents(size: int) -> Iterator[tuple[str, str]]:
    """One document of each kind at a size."""
    for kind in (selections, fragments, arguments, texts):
        yield from kind(size)
    yield from ((read.name, read.text) for read in hostile_reads(size, ["resources/1"]))


FAMILY = [pytest.param(text, id=f"{name}-{size}") for size in SIZES for name, text in documents(size)]


@pytest.fixture(scope="module")
def schema():
    return core_schema(build_schema())


def verdict(schema, text: str) -> str:
    """Refuse or admit, from nothing: with an empty cache."""
    try:
        Documents(schema, Limits()).operation(text, None).check_cost({})
    except UcsError as error:
        return error.reason
    except DocumentErrors:
        return "DOCUMENT_INVALID"
    return "admitted"


def test_the_family_is_large():
    assert len(FAMILY) >= 300


@pytest.mark.parametrize("text", FAMILY)
def test_a_hostile_document_is_settled_at_a_small_price(schema, text):
    # Whoever is over the bound may try again twice: a neighbour on the same machine must not decide.
    assert any(_cpu_seconds(lambda: verdict(schema, text)) <= CPU_SECONDS_MOST for _ in range(3))


def test_without_its_limits_a_short_document_would_be_over_the_bound(schema):
    text = "{viewer{" + "id " * 1_400 + "}}"
    boundless = dataclasses.replace(Limits(), selections=10**9, overlaps=10**9)

    def settle() -> None:
        with contextlib.suppress(DocumentErrors):
            Documents(schema, boundless).operation(text, None)

    taken = _cpu_seconds(settle)
    assert taken > CPU_SECONDS_MOST
    assert verdict(schema, text) == "DOCUMENT_TOO_COSTLY"


def _cpu_seconds(work) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


@pytest.mark.parametrize("size", [200, 600, 30_000])
def test_no_hostile_document_takes_much_memory(schema, size):
    for name, text in documents(size):
        tracemalloc.start()
        try:
            verdict(schema, text)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak <= BYTES_MOST, name
