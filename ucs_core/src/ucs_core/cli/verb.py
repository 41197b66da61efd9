"""How a verb is put together: its words and options, help in two languages, and errors that end as exit codes.

click parses; what people read is set here, because its own texts exist in English only.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import click
from click.exceptions import Exit as ClickExit
from rich.table import Table
from rich.text import Text

from ucs_core.cli.output import Answered, Output
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import Invalid, UcsError
from ucs_sdk.vocabulary import Term

Action = Callable[..., int]
"""What a verb does: it gets the output and its parameters by name, and returns an exit code."""


class Studied(Exception):
    """A verb that was to be looked at and not run: itself, or the verbs of its group by name."""

    def __init__(self, verbs: Mapping[str, Verb]) -> None:
        self.verbs = verbs
        super().__init__(*verbs)


_studying: ContextVar[bool] = ContextVar("studying", default=False)


def study(run: Callable[[Sequence[str]], int]) -> Mapping[str, Verb]:
    """The verbs behind an entry of the command line, which is not run: one under an empty name, or a group's."""
    token = _studying.set(True)
    try:
        run([])
    except Studied as found:
        return found.verbs
    finally:
        _studying.reset(token)
    raise LookupError("nothing was there to be looked at")


def is_studied() -> bool:
    """Whether verbs are to be looked at and not run."""
    return _studying.get()


class Misused(Exception):
    """The command line leaves out what this run needs; its text is for people, in their language."""


class Verb(click.Command):
    """One verb: `summary` and each parameter's help are in the reader's language already; examples are command lines."""

    def __init__(
        self,
        name: str,
        action: Action,
        params: Sequence[click.Parameter],
        *,
        summary: str,
        examples: Sequence[str] = (),
    ) -> None:
        everything = [*params, _json_option(), _help_option()]
        # Left-over words are taken here and refused in `run`, in the reader's language.
        settings = {"allow_extra_args": True}
        super().__init__(name, settings, params=everything, callback=action, add_help_option=False)
        self.summary = summary
        self.examples = examples


class _Integer(click.ParamType[int]):
    """A whole number within bounds."""

    name = "integer"

    def __init__(self, least: int, most: int | None) -> None:
        self._least, self._most = least, most

    # click hands over whatever the default or the words gave.
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 - see above
        path = param.opts[0] if param else ""
        try:
            number = int(value)
        except ValueError as cause:
            raise Invalid("FIELD_TYPE", path=path, value=str(value)[:80], expected="integer") from cause
        if number < self._least:
            raise Invalid("FIELD_TOO_SMALL", path=path, limit=self._least)
        if self._most is not None and number > self._most:
            raise Invalid("FIELD_TOO_LARGE", path=path, limit=self._most)
        return number


class _Choice(click.ParamType[str]):
    """One of the words of a vocabulary, with a guess where it is misspelt."""

    name = "choice"

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = allowed

    @property
    def allowed(self) -> Sequence[str]:
        """The words."""
        return self._allowed

    # click hands over whatever the default or the words gave.
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401 - see above
        word = str(value).lower()
        if word in self._allowed:
            return word
        near = difflib.get_close_matches(word, self._allowed, n=1)
        path = param.opts[0] if param else ""
        raise Invalid("FIELD_NOT_ONE_OF", path=path, value=str(value)[:80], allowed=self._allowed, near=near)


def words_of(parameter: click.Parameter) -> Sequence[str]:
    """The words of which a parameter takes one; none where it takes anything."""
    return parameter.type.allowed if isinstance(parameter.type, _Choice) else ()


def word(name: str, help: str, *, required: bool = True, many: bool = False) -> click.Argument:
    """A word behind the verb, or many."""
    return click.Argument([name], help=help, required=required, nargs=-1 if many else 1, metavar=name.upper())


def word_of(name: str, help: str, allowed: Sequence[str]) -> click.Argument:
    """A word behind the verb that is one of some."""
    told = f"{help}: {', '.join(allowed)}"
    return click.Argument([name], help=told, required=True, metavar=name.upper(), type=_Choice(allowed))


def option(
    flag: str, help: str, *, metavar: str, name: str | None = None, default: str | None = None, required: bool = False
) -> click.Option:
    """An option with a text. `name` is the parameter's, where the flag's own would not do."""
    decls = [flag, *([name] if name else [])]
    # click takes a default of None for a value that was given, and then requires nothing.
    given: dict[str, Any] = {} if default is None else {"default": default}
    return click.Option(decls, help=help, metavar=metavar, required=required, **given)


def number(flag: str, help: str, *, least: int, most: int | None = None, default: int | None = None) -> click.Option:
    """An option with a whole number."""
    return click.Option([flag], help=help, metavar="N", type=_Integer(least, most), default=default)


def one_of(flag: str, help: str, vocabulary: type[Term], *, default: Term | None = None) -> click.Option:
    """An option with a word of a vocabulary; help lists the words with their titles."""
    words = [str(term.value) for term in vocabulary]
    titles = ", ".join(say(term.value, f"{term.value} {term.title_zh}") for term in vocabulary)
    return click.Option(
        [flag], help=f"{help}: {titles}", metavar="WORD", type=_Choice(words), default=default and default.value
    )


def choice(flag: str, help: str, allowed: Sequence[str], *, default: str | None = None) -> click.Option:
    """An option with one of some words."""
    return click.Option(
        [flag], help=f"{help}: {', '.join(allowed)}", metavar="WORD", type=_Choice(allowed), default=default
    )


def flag(flag: str, help: str, *, name: str | None = None) -> click.Option:
    """An option that is set or not."""
    return click.Option([flag, *([name] if name else [])], help=help, is_flag=True, default=False)


def _json_option() -> click.Option:
    return click.Option(["--json", "as_json"], help=say("answer in JSON", "以 JSON 输出"), is_flag=True, default=False)


def _help_option() -> click.Option:
    return click.Option(
        ["--help", "-h"],
        help=say("show this help", "显示本帮助"),
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_show_help,
    )


def _show_help(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    if isinstance(context.command, Verb):
        Output(as_json=False).show(*help_of(context.command, context.info_name or ""))
    raise ClickExit(0)


def help_of(verb: Verb, path: str) -> list[Text | Table]:
    """The help page of a verb."""
    words = [item for item in verb.params if isinstance(item, click.Argument)]
    options = [item for item in verb.params if isinstance(item, click.Option)]
    usage = " ".join([path, *(_in_usage(item) for item in words), say("[OPTIONS]", "[选项]")])
    page: list[Text | Table] = [Text(say(f"Usage: {usage}", f"用法：{usage}")), Text(f"\n{verb.summary}\n")]
    if words:
        page += [Text(say("Words", "参数"), "bold"), _rows([(_in_usage(item), item.help or "") for item in words])]
    page += [Text(say("\nOptions", "\n选项"), "bold"), _rows([(_flags(item), _told(item)) for item in options])]
    if verb.examples:
        page += [Text(say("\nExamples", "\n示例"), "bold"), *(Text(f"  {example}") for example in verb.examples)]
    return page


def _rows(rows: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    # Chinese has no spaces to break at, and what does not fit must not be cut off.
    table.add_column(overflow="fold")
    for left, right in rows:
        table.add_row(Text(f"  {left}"), Text(right))
    return table


def _in_usage(argument: click.Argument) -> str:
    shown = f"{argument.human_readable_name}{'…' if argument.nargs == -1 else ''}"
    return shown if argument.required else f"[{shown}]"


def _flags(item: click.Option) -> str:
    names = ", ".join(item.opts)
    return names if item.is_flag else f"{names} {item.metavar}"


def _told(item: click.Option) -> str:
    told = item.help or ""
    if item.required:
        return told + say(" (required)", "（必填）")
    if item.is_flag or not isinstance(item.default, str | int):
        return told
    return told + say(f" (default: {item.default})", f"（默认 {item.default}）")


def run(verb: Verb, args: Sequence[str], *, path: str | None = None) -> int:
    """Parse and run a verb; returns its exit code. Errors are told to people on stderr and, with --json, on stdout."""
    if is_studied():
        raise Studied({"": verb})
    output = Output(as_json="--json" in args)
    try:
        context = verb.make_context(path or f"ucs {verb.name}", list(args))
    except ClickExit as done:
        return done.exit_code
    except click.UsageError as error:
        return _misused(output, path or f"ucs {verb.name}", _usage_text(error))
    except UcsError as error:
        return _misused(output, path or f"ucs {verb.name}", error.message(spoken_locale()))
    if context.args:
        left = " ".join(context.args)
        return _misused(output, context.info_name or "", say(f"Too much was given: {left}.", f"多余的参数：{left}。"))
    with context:
        parameters = {name: value for name, value in context.params.items() if name != "as_json"}
        try:
            return int(context.invoke(verb.callback or _nothing, output, **parameters))
        except Misused as error:
            return _misused(output, context.info_name or "", str(error))
        except (UcsError, Answered) as error:
            return output.failed(error)


def _nothing(output: Output) -> int:
    return Exit.OK


def _misused(output: Output, path: str, message: str) -> int:
    output.note(message)
    output.note(say(f"`{path} --help` shows how it is used.", f"`{path} --help` 可查看用法。"))
    output.record({"error": {"code": "usage", "reason": "USAGE", "message": message, "fields": {}}})
    return Exit.USAGE


def _usage_text(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption(option_name=name, possibilities=near):
            guess = say(f" Did you mean {', '.join(near)}?", f"您要找的是 {'、'.join(near)} 吗？") if near else ""
            return say(f"There is no option {name}.", f"没有选项 {name}。") + guess
        case click.MissingParameter(param=click.Option() as missing):
            return say(f"The option {missing.opts[0]} is required.", f"必须给出选项 {missing.opts[0]}。")
        case click.MissingParameter(param=click.Argument() as missing):
            return say(f"{missing.human_readable_name} is missing.", f"缺少 {missing.human_readable_name}。")
        case click.BadOptionUsage(option_name=name):
            return say(f"The option {name} is not used that way: {error.message}", f"选项 {name} 的用法有误。")
        case _:
            return say(error.format_message(), f"命令行有误：{error.format_message()}")
