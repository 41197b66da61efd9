"""Imports a plugin, checks what it declares against its manifest, and gives it in one piece."""

from __future__ import annotations

import importlib
import traceback
from types import ModuleType
from typing import TypeVar

from ucs_sdk.capability import Capability
from ucs_sdk.declarations import SourceLine
from ucs_sdk.errors import Invalid, UcsError
from ucs_sdk.plugins.consistency import check_consistency
from ucs_sdk.plugins.finding import FoundPlugin, read_manifest
from ucs_sdk.plugins.fresh import importing
from ucs_sdk.plugins.hooks import Hook, call, hooks_of, told
from ucs_sdk.plugins.plugin import Plugin
from ucs_sdk.published import PublishedResource, ResourceType
from ucs_sdk.redaction import gist
from ucs_sdk.settling import settled
from ucs_sdk.signatures import line_of

T = TypeVar("T")


def load_plugin(found: FoundPlugin, *, fresh: bool = True) -> Plugin:
    """Load a plugin: its manifest, then its code. Raises a UcsError that says what is wrong, where, and what to do.

    With `fresh` all of the plugin's modules are imported anew, and what holds the old ones goes on with them; without, what
    is imported already is taken. Runs the plugin's code at import: a host that cannot wait calls this in a thread.
    """
    manifest = read_manifest(found)
    with importing(found, fresh=fresh):
        module = _imported(found)
        hooks = hooks_of(module, found.name)
        plugin = Plugin(
            found=found,
            manifest=manifest,
            module=module,
            capabilities=_declared(found, hooks, "ucs_capabilities", Capability),
            resource_types=_declared(found, hooks, "ucs_resource_types", ResourceType),
            resources=_declared(found, hooks, "ucs_resources", PublishedResource),
            hooks=hooks,
        )
        check_consistency(plugin)
    return plugin


def _imported(found: FoundPlugin) -> ModuleType:
    try:
        return importlib.import_module(found.module)
    except UcsError:
        raise
    except SyntaxError as error:
        at = SourceLine(error.filename or "?", error.lineno or 0)
        raise _import_failed(found, at, f"{type(error).__name__}: {error.msg}") from error
    # Whatever a stranger's module raises while it is imported is the plugin's failure and no one else's.
    except (Exception, SystemExit) as error:
        raise _import_failed(found, failed_at(error, found), gist(error)) from error


def _import_failed(found: FoundPlugin, at: SourceLine, said: str) -> Invalid:
    return Invalid("PLUGIN_IMPORT_FAILED", plugin=found.name, said=said, file=at.file, line=at.line)


def failed_at(error: BaseException, found: FoundPlugin) -> SourceLine:
    """The innermost line of the plugin's own source that an exception went through, or the innermost of all."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"/{found.package}" in frame.filename.replace("\\", "/")]
    last = (own or [*frames])[-1:]
    return SourceLine(last[0].filename, last[0].lineno or 0) if last else SourceLine("?", 0)


def _declared(found: FoundPlugin, hooks: dict[str, Hook], name: str, kind: type[T]) -> tuple[T, ...]:
    if name not in hooks:
        return ()
    try:
        answer = settled(call(hooks[name]))
    except UcsError:
        raise
    # As with the import: the plugin fails, and nobody else.
    except (Exception, SystemExit) as error:
        at = failed_at(error, found)
        raise Invalid(
            "HOOK_FAILED", plugin=found.name, hook=name, said=gist(error), file=at.file, line=at.line
        ) from error
    wrong = (
        [answer] if not isinstance(answer, (list, tuple)) else [each for each in answer if not isinstance(each, kind)]
    )
    if wrong:
        at = line_of(hooks[name])
        raise Invalid(
            "HOOK_ANSWER",
            plugin=found.name,
            hook=name,
            expected=told(list[kind]),  # type: ignore[valid-type]  # a type that is only known at run time
            given=type(wrong[0]).__qualname__,
            file=at.file,
            line=at.line,
        )
    return tuple(answer)
