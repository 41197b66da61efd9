"""`ucs call`: an operation of a plugin, called by its name, with options and help made of its schema."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from ucs_core.cli.client import Client, client_verb, new_request_id
from ucs_core.cli.drawing import table
from ucs_core.cli.output import Answered, Output
from ucs_core.cli.reach import find_platform, reach_options
from ucs_core.cli.verb import Verb, is_studied, option, run, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Invalid, NotFound, UcsError
from ucs_sdk.messages import Phrase

_LIST = "{ operations { name title { zh en } effect streaming callable } }"
_ONE = (
    "query($capability: String) { operations(capability: $capability) { name title { zh en } description effect streaming "
    "inputSchema } }"
)
_CALL = (
    "mutation($operation: String!, $input: JSON, $requestId: String) { "
    "answer: invoke(operation: $operation, input: $input, requestId: $requestId) }"
)
_STREAM = (
    "subscription($operation: String!, $input: JSON) { answer: invokeStream(operation: $operation, input: $input) }"
)

_TAKEN = frozenset({"input", "request-id", "http", "token", "as", "json", "help"})
"""Options that the verb has for itself: a field of such a name is given in --input."""

_NOTHING: Mapping[str, Any] = {}


def call(args: Sequence[str]) -> int:
    """`ucs call [OPERATION]`."""
    if is_studied() or not (operation := _operation_of(args)):
        return run(_list_verb(), args)
    rest = list(args)
    rest.remove(operation)
    try:
        found = _find(operation, args)
    except (UcsError, Answered) as error:
        return Output(as_json="--json" in args).failed(error)
    return run(_verb_of(found), rest, path=f"ucs call {operation}")


def _list_verb() -> Verb:
    return client_verb(
        "call",
        _list,
        [word("operation", say("which operation: capability.operation", "操作：能力.操作"), required=False)],
        summary=say(
            "Call an operation of a plugin. Without one, list those that you may discover; `ucs call OPERATION --help` tells "
            "what one takes.",
            "调用插件的操作；不指定时列出您可发现的操作，`ucs call 操作 --help` 可查看其输入。",
        ),
        examples=["ucs call", "ucs call echo.say --text 你好", 'ucs call echo.say --input \'{"text": "hi"}\' --json'],
    )


def _list(output: Output, client: Client, operation: str | None) -> int:
    found = client.ask(_LIST)["operations"]
    output.document({"items": found})
    titles = [say("OPERATION", "操作"), say("TITLE", "标题"), say("ANSWERS", "应答"), say("FOR YOU", "可否调用")]
    rows = [
        [
            each["name"],
            say(each["title"]["en"], each["title"]["zh"]),
            _manner(each),
            say("yes", "可") if each["callable"] else say("no", "否"),
        ]
        for each in found
    ]
    if rows:
        output.show(table(titles, rows))
    else:
        output.line(say("No plugin offers anything that you may discover.", "目前没有您可发现的插件操作。"))
    return Exit.OK


def _manner(operation: Mapping[str, Any]) -> str:
    if operation["streaming"]:
        return say("a stream", "流")
    return say("once; changes something", "单次，有变更") if operation["effect"] == "write" else say("once", "单次")


def _operation_of(args: Sequence[str]) -> str | None:
    """The operation among the words, wherever it stands: the first that is neither an option nor the value of one."""
    valued = {name for each in reach_options() if isinstance(each, click.Option) for name in each.opts}
    at = 0
    while at < len(args):
        if not args[at].startswith("-"):
            return args[at]
        at += 2 if args[at] in valued else 1
    return None


def _find(operation: str, args: Sequence[str]) -> Mapping[str, Any]:
    """The operation as the platform tells of it. Raises NotFound with the nearest name."""
    reach = click.Command("call", {"ignore_unknown_options": True, "allow_extra_args": True}, params=reach_options())
    reach.add_help_option = False
    given = reach.make_context("call", list(args), resilient_parsing=True).params
    with Client(find_platform(given["http"], given["token"], given["persona"])) as client:
        found = client.ask(_ONE, capability=None)["operations"]
    for each in found:
        if each["name"] == operation:
            return dict(each)
    raise NotFound(
        "OPERATION_NOT_FOUND", object=operation[:120], near=_near(operation, [each["name"] for each in found])
    )


def _near(name: str, known: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(name, known, n=1)


def _verb_of(operation: Mapping[str, Any]) -> Verb:
    """The verb of one operation: an option for each field that a line can hold."""
    schema = operation["inputSchema"]
    fields = {f"--{_flag(name)}": (name, stated) for name, stated in schema.get("properties", _NOTHING).items()}
    fields = {flag: field for flag, field in fields.items() if flag.removeprefix("--") not in _TAKEN}
    required = set(schema.get("required", ()))
    params: list[click.Parameter] = [
        option(
            flag, _help(name, stated, schema, name in required), metavar=_metavar(stated, schema), name=f"field_{name}"
        )
        for flag, (name, stated) in fields.items()
    ]
    params.append(
        option(
            "--input",
            say("everything as one JSON object; @FILE reads a file, - standard input", "整个输入（JSON）；@文件 或 -"),
            metavar="JSON",
        )
    )
    if operation["effect"] == "write":
        told = say("the same id gives the same answer and one effect", "请求号：同号同答，只生效一次")
        params.append(option("--request-id", told, metavar="ID"))
    title, described = operation["title"], operation["description"]
    summary = say(title["en"], title["zh"]) + (f"\n{described}" if described else "")
    action = partial(_called, operation, dict(fields.values()))
    return client_verb("call", action, params, summary=f"{summary} ({_manner(operation)})")


def _called(
    operation: Mapping[str, Any],
    fields: Mapping[str, Any],
    output: Output,
    client: Client,
    input: str | None,
    request_id: str | None = None,
    **given: str | None,
) -> int:
    schema = operation["inputSchema"]
    asked = {} if input is None else _json_input(input)
    for name, text in given.items():
        if text is not None:
            field = name.removeprefix("field_")
            asked[field] = _value(text, fields[field], schema, f"--{_flag(field)}")
    if operation["streaming"]:
        for answer in client.stream(_STREAM, operation=operation["name"], input=asked):
            output.record(answer["answer"])
            output.line(_shown(answer["answer"]))
            output.flush()
        return Exit.OK
    request_id = request_id or (new_request_id() if operation["effect"] == "write" else None)
    answer = client.ask(_CALL, operation=operation["name"], input=asked, requestId=request_id)["answer"]
    output.document(answer)
    output.show_text(_shown(answer))
    return Exit.OK


def _shown(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _flag(name: str) -> str:
    return name.replace("_", "-")


def _json_input(text: str) -> dict[str, Any]:
    """What --input holds. Raises Invalid for what is no JSON object, or a file that cannot be read."""
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as cause:
            problem = say(f"{text[1:]} cannot be read: {cause}", f"无法读取 {text[1:]}：{cause}")
            raise Invalid("FIELD_INVALID", path="--input", problem=problem) from cause
    try:
        asked = json.loads(text)
    except ValueError as cause:
        raise Invalid("FIELD_INVALID", path="--input", problem=Phrase("value-not-json")) from cause
    if not isinstance(asked, dict):
        raise Invalid("FIELD_TYPE", path="--input", value=text[:80], expected="object")
    return asked


def _stated(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a schema says of a field, with references followed and null left out."""
    ways = [way for way in field.get("anyOf", ()) if way.get("type") != "null"]
    stated = ways[0] if len(ways) == 1 else field
    reference = stated.get("$ref")
    if isinstance(reference, str):
        found: Mapping[str, Any] = schema.get("$defs", _NOTHING).get(reference.removeprefix("#/$defs/"), stated)
        return found
    return stated


def _value(text: str, field: Mapping[str, Any], schema: Mapping[str, Any], flag: str) -> object:
    """What a word stands for. The platform says whether it will do; here it only has to become JSON."""
    stated = _stated(field, schema)
    kind = stated.get("type")
    if kind == "string" or "enum" in stated:
        return text
    if kind == "boolean" and text.lower() in ("yes", "no"):
        return text.lower() == "yes"
    try:
        return json.loads(text)
    except ValueError as cause:
        if kind in (None, "string"):
            return text
        expected = str(kind) if isinstance(kind, str) else "JSON"
        raise Invalid("FIELD_TYPE", path=flag, value=text[:80], expected=expected) from cause


def _metavar(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kind = str(_stated(field, schema).get("type"))
    return {"string": "TEXT", "integer": "N", "number": "NUMBER", "boolean": "true|false"}.get(kind, "JSON")


def _help(name: str, field: Mapping[str, Any], schema: Mapping[str, Any], required: bool) -> str:
    made = name.replace("_", " ").title()
    stated = _stated(field, schema)
    said = [str(field[key]) for key in ("title", "description") if field.get(key) not in (None, "", made)]
    if "enum" in stated:
        said.append(", ".join(map(str, stated["enum"])))
    if field.get("default") is not None:
        said.append(say(f"default: {json.dumps(field['default'])}", f"默认 {json.dumps(field['default'])}"))
    if required:
        said.append(say("required", "必填"))
    return "; ".join(said)
