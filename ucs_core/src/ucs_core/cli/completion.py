"""`ucs completion`: a script with which a shell completes verbs, their options, and the words that an option takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click

from ucs_core.cli.output import Output
from ucs_core.cli.shells import WRITERS
from ucs_core.cli.spelling import Page, Spelled
from ucs_core.cli.verb import Verb, run, study, word_of, words_of
from ucs_sdk.commands import Exit, say
from ucs_sdk.launcher import discover

OURS = "ucs_core.cli"


def completion(args: Sequence[str]) -> int:
    """`ucs completion`."""
    verb = Verb(
        "completion",
        _completion,
        [word_of("shell", say("the shell", "终端"), tuple(WRITERS))],
        summary=say(
            "Print what makes your shell complete verbs, options and their words. Write it to a file that the shell reads, "
            "again after each update of UCS.",
            "输出终端补全脚本，补全命令、选项及其取值。请写入终端会读取的文件，升级 UCS 后重新生成。",
        ),
        examples=[
            "ucs completion bash > ~/.local/share/bash-completion/completions/ucs",
            "ucs completion zsh > ~/.zfunc/_ucs      # fpath+=~/.zfunc; autoload -Uz compinit; compinit",
            "ucs completion fish > ~/.config/fish/completions/ucs.fish",
        ],
    )
    return run(verb, args)


def _completion(output: Output, shell: str) -> int:
    script = WRITERS[shell](list(pages()))
    if not output.as_json:
        sys.stdout.write(script)
    output.document({"shell": shell, "script": script})
    return Exit.OK


def pages() -> Iterator[Page]:
    """Every verb that can be typed. Those of other distributions are named and nothing more: to ask is to run them."""
    for name, command in sorted(discover().commands.items()):
        told = say(command.summary_en, command.summary_zh)
        if not getattr(command.run, "__module__", "").startswith(OURS):
            yield Page(path=(name,), told=told)
            continue
        verbs = study(command.run)
        if "" not in verbs:
            yield Page(path=(name,), told=told, words=tuple(verbs))
        for inner, verb in verbs.items():
            yield _page((name, inner) if inner else (name,), told if not inner else verb.summary, verb)


def _page(path: tuple[str, ...], told: str, verb: Verb) -> Page:
    options = [item for item in verb.params if isinstance(item, click.Option)]
    behind = [word for item in verb.params if isinstance(item, click.Argument) for word in words_of(item)]
    return Page(path=path, told=told, options=tuple(map(_spelled, options)), words=tuple(behind))


def _spelled(option: click.Option) -> Spelled:
    return Spelled(
        names=tuple(option.opts),
        told=option.help or "",
        words=tuple(words_of(option)),
        takes_file="FILE" in (option.metavar or "") or "FOLDER" in (option.metavar or ""),
        takes_value=not option.is_flag,
    )
