"""Completion scripts for three shells. What they complete stands in them; nothing of UCS runs when somebody presses Tab."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from ucs_core.cli.spelling import Page, Spelled

_TOLD_MOST = 72
_SENTENCE = re.compile(r"(?<=[.。;；])")


def bash(pages: Sequence[Page]) -> str:
    """For bash 3.2 and newer, without bash-completion."""
    return "\n".join(
        [
            "# bash completion for ucs; made by `ucs completion bash`.",
            "_ucs() {",
            '    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" verb="${COMP_WORDS[1]}"',
            '    local options="" words=""',
            "    COMPREPLY=()",
            '    if [ "$COMP_CWORD" -eq 1 ]; then',
            f'        COMPREPLY=($(compgen -W {_quoted(_verbs(pages))} -- "$cur"))',
            "        return",
            "    fi",
            '    case "$verb" in',
            *(f"        {page.path[0]}) {_bash_group(page)} ;;" for page in _groups(pages)),
            "    esac",
            '    case "$verb $prev" in',
            *_bash_values(pages),
            "    esac",
            '    case "$verb" in',
            *(f"        {_bash_page(page)}" for page in _leaves(pages)),
            "    esac",
            '    case "$cur" in',
            '        -*) COMPREPLY=($(compgen -W "$options" -- "$cur")) ;;',
            '        *) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;',
            "    esac",
            "}",
            "# Where nothing is known, a file may be meant.",
            "complete -o default -F _ucs ucs",
            "",
        ]
    )


def _bash_group(page: Page) -> str:
    asked = f'COMPREPLY=($(compgen -W {_quoted(page.words)} -- "$cur")); return'
    return f'if [ "$COMP_CWORD" -eq 2 ]; then {asked}; fi; verb="$verb ${{COMP_WORDS[2]}}"'


def _bash_page(page: Page) -> str:
    pattern = shlex.quote(" ".join(page.path))
    return f"{pattern}) options={_quoted(_typed(page))} words={_quoted(page.words)} ;;"


def _bash_values(pages: Sequence[Page]) -> Iterator[str]:
    for path, option in _valued(pages):
        patterns = "|".join(shlex.quote(f"{path} {name}") for name in option.names)
        if option.words:
            yield f'        {patterns}) COMPREPLY=($(compgen -W {_quoted(option.words)} -- "$cur")); return ;;'
        else:
            yield f"        {patterns}) return ;;"


def zsh(pages: Sequence[Page]) -> str:
    """For zsh with compinit."""
    return "\n".join(
        [
            "#compdef ucs",
            "# zsh completion for ucs; made by `ucs completion zsh`.",
            "_ucs() {",
            '    local cur="${words[CURRENT]}" prev="${words[CURRENT-1]}" verb="${words[2]}"',
            "    local -a found behind",
            "    if (( CURRENT == 2 )); then",
            f"        found=({' '.join(_zsh_told(page.path[0], page.told) for page in _tops(pages))})",
            "        _describe verb found; return",
            "    fi",
            '    case "$verb" in',
            *(f"        {page.path[0]}) {_zsh_group(page, pages)} ;;" for page in _groups(pages)),
            "    esac",
            '    case "$verb $prev" in',
            *_zsh_values(pages),
            "    esac",
            '    case "$verb" in',
            *(f"        {_zsh_page(page)}" for page in _leaves(pages)),
            "    esac",
            '    if [[ "$cur" == -* ]]; then _describe -o option found',
            "    elif (( $#behind )); then compadd -- $behind",
            "    else _files; fi",
            "}",
            'if [ "$funcstack[1]" = "_ucs" ]; then _ucs "$@"; else compdef _ucs ucs; fi',
            "",
        ]
    )


def _zsh_group(page: Page, pages: Sequence[Page]) -> str:
    inner = [other for other in pages if other.path[:1] == page.path and len(other.path) > 1]
    told = " ".join(_zsh_told(other.path[1], other.told) for other in inner)
    return f'if (( CURRENT == 3 )); then found=({told}); _describe verb found; return; fi; verb="$verb ${{words[3]}}"'


def _zsh_values(pages: Sequence[Page]) -> Iterator[str]:
    for path, option in _valued(pages):
        patterns = "|".join(shlex.quote(f"{path} {name}") for name in option.names)
        if option.words:
            yield f"        {patterns}) compadd -- {' '.join(map(shlex.quote, option.words))}; return ;;"
        else:
            yield f"        {patterns}) {'_files; ' if option.takes_file else ''}return ;;"


def _zsh_page(page: Page) -> str:
    options = " ".join(_zsh_told(name, option.told) for option in page.options for name in option.names)
    behind = " ".join(map(shlex.quote, page.words))
    return f"{shlex.quote(' '.join(page.path))}) found=({options}) behind=({behind}) ;;"


def _zsh_told(name: str, told: str) -> str:
    return shlex.quote(f"{name}:{_short(told).replace(':', ' ')}")


def fish(pages: Sequence[Page]) -> str:
    """For fish 3 and newer."""
    lines = ["# fish completion for ucs; made by `ucs completion fish`.", "complete -c ucs -f"]
    for page in _tops(pages):
        lines.append(f"complete -c ucs -n __fish_use_subcommand -a {page.path[0]} -d {_fish(page.told)}")
    for page in pages:
        if len(page.path) > 1:
            behind = f"test (count (commandline -opc)) -eq 2; and __fish_seen_subcommand_from {page.path[0]}"
            lines.append(f"complete -c ucs -n {_fish(behind)} -a {page.path[1]} -d {_fish(page.told)}")
    for page in _leaves(pages):
        typed = " ".join(("ucs", *page.path))
        seen = f"string match -qr -- {_fish(f'^{typed}( |$)')} (string join ' ' -- (commandline -opc))"
        condition = f"complete -c ucs -n {_fish(seen)}"
        if page.words:
            lines.append(f"{condition} -a {_fish(' '.join(page.words))}")
        lines += [f"{condition} {_fish_option(option)}" for option in page.options]
    return "\n".join([*lines, ""])


def _fish_option(option: Spelled) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    values = ""
    if option.words:
        values = f" -x -a {_fish(' '.join(option.words))}"
    elif option.takes_value:
        values = " -r -F" if option.takes_file else " -x"
    return f"{names}{values} -d {_fish(_short(option.told))}"


def _fish(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _tops(pages: Sequence[Page]) -> list[Page]:
    return [page for page in pages if len(page.path) == 1]


def _groups(pages: Sequence[Page]) -> list[Page]:
    above = {page.path[0] for page in pages if len(page.path) > 1}
    return [page for page in pages if len(page.path) == 1 and page.path[0] in above]


def _leaves(pages: Sequence[Page]) -> list[Page]:
    groups = {page.path for page in _groups(pages)}
    return [page for page in pages if page.path not in groups]


def _verbs(pages: Sequence[Page]) -> list[str]:
    return [*(page.path[0] for page in _tops(pages)), "--help", "--version"]


def _typed(page: Page) -> list[str]:
    return [name for option in page.options for name in option.names]


def _valued(pages: Sequence[Page]) -> Iterator[tuple[str, Spelled]]:
    for page in _leaves(pages):
        for option in page.options:
            if option.takes_value:
                yield " ".join(page.path), option


def _quoted(words: Sequence[str]) -> str:
    return shlex.quote(" ".join(words))


def _short(told: str) -> str:
    """The first sentence, as far as a line of a menu holds it."""
    first = _SENTENCE.split(" ".join(told.split()), maxsplit=1)[0].rstrip(".。;；")
    return first if len(first) <= _TOLD_MOST else f"{first[: _TOLD_MOST - 1]}…"


WRITERS: Mapping[str, Callable[[Sequence[Page]], str]] = MappingProxyType({"bash": bash, "zsh": zsh, "fish": fish})
"""What writes the script for a shell."""
