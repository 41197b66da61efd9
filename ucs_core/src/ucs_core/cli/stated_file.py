"""One thing that a file states whole, such as a type or a vocabulary."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ucs_core.cli.client import Answer
from ucs_core.cli.documents import plain_value, read_values
from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid


def one_of_file(file: str, fields: Sequence[str], *, optional: Sequence[str] = ()) -> Answer:
    """The one object that a YAML or JSON file states, `-` being standard input, with these fields.

    What the fields hold is for the platform to judge. Raises Invalid for another number of documents, and for a field that
    is missing or none of these.
    """
    values = read_values(file)
    if len(values) > 1:
        problem = say("it holds more than one document", "包含多个文档")
        raise Invalid("FILE_MALFORMED", file=file, number=2, problem=problem)
    value = plain_value(values[0])
    if not isinstance(value, dict):
        problem = say(f"it must hold the fields {', '.join(fields)}", f"必须包含字段 {'、'.join(fields)}")
        raise Invalid("FILE_MALFORMED", file=file, number=1, problem=problem)
    for name in value:
        if name not in fields:
            near = difflib.get_close_matches(name[:80], fields, n=1)
            problem = say(f"{name[:80]} is not a field here", f"此处没有字段 {name[:80]}")
            raise Invalid("FILE_MALFORMED", file=file, number=1, problem=problem, path=name[:80], near=near)
    for name in fields:
        if name not in value and name not in optional:
            problem = say(f"{name} is required", f"缺少 {name}")
            raise Invalid("FILE_MALFORMED", file=file, number=1, problem=problem, path=name)
    return value
