"""The reference of the hooks, written from the code: `python -m ucs_sdk.authoring.reference FILE`."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ucs_sdk.hookspecs import API_LEVEL, PROJECT
from ucs_sdk.plugins import SPECS
from ucs_sdk.plugins.hooks import expected_hints, told

HEAD = f"""\
# Hooks

All hooks of UCS, at API level {API_LEVEL}. This page is written from `sdk/src/ucs_sdk/hookspecs.py` by
`python -m ucs_sdk.authoring.reference docs/plugins/hooks.md`; a test holds the two together.

A plugin implements those it needs, as functions of the module that its entry point names, each under `@hookimpl` and each
`def` or `async def`. Arguments that are not needed are left out. What is misspelt is refused when the plugin is loaded, with the
line and the near name."""


def hooks_page(repository: Path, specs: Mapping[str, Callable[..., Any]] = SPECS) -> str:
    """The page. Raises LookupError for a hook that is not documented, or that no plugin of the repository uses."""
    plugins = dict(_implemented(repository))
    sections = [_section(name, spec, plugins) for name, spec in specs.items()]
    return "\n\n".join([HEAD, *sections]) + "\n"


def _section(name: str, spec: Callable[..., Any], plugins: Mapping[str, str]) -> str:
    said = inspect.getdoc(spec)
    if not said:
        raise LookupError(f"the hook {name} is not documented")
    if name not in plugins:
        raise LookupError(f"no plugin of the repository uses the hook {name}")
    hints = expected_hints(name)
    taken = ", ".join(f"{each}: {told(hint)}" for each, hint in hints.items() if each != "return")
    signature = f"@hookimpl\nasync def {name}({taken}) -> {told(hints['return'])}: ..."
    return f"## `{name}`\n\n```python\n{signature}\n```\n\n{said}\n\nUsed by [{plugins[name]}](../../{plugins[name]})."


def _implemented(repository: Path) -> Iterator[tuple[str, str]]:
    """The hooks that the plugins of the repository implement, each with the file; capabilities count before examples."""
    for place in ("examples", "capabilities"):
        for path in sorted(repository.glob(f"{place}/*/src/*/__init__.py"), reverse=True):
            for node in ast.parse(path.read_bytes(), path).body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith(f"{PROJECT}_"):
                    yield node.name, path.relative_to(repository).as_posix()


def main() -> None:
    """Write the page into a file of the repository in the working directory."""
    Path(sys.argv[1]).write_text(hooks_page(Path.cwd()), "utf-8")


if __name__ == "__main__":
    main()
