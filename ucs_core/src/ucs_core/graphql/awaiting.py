"""Documents of an operator's folder that ask for what plugins offer: tried again whenever other plugins run.

A node opens its doors before its plugins have started, and a plugin may be enabled long after. Such a document waits; what is
wrong with it is told in the log once its plugins run, and its callers are told by name which plugin does not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import structlog
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from ucs_core.graphql.capabilities.forms import camel
from ucs_core.graphql.limits import DocumentErrors
from ucs_core.graphql.persisted import problem_of
from ucs_sdk.errors import UcsError
from ucs_sdk.faults import plugin_not_running

log = structlog.get_logger()


class AwaitingDocuments:
    """Those documents of a folder that name plugins. `own` are the root fields of the platform itself, `installed` names the
    plugins that could run here.
    """

    def __init__(self, own: Collection[str], installed: Callable[[], Iterable[str]]) -> None:
        self._own = own
        self._installed = installed
        self._plugins: list[str] | None = None
        self._files: dict[Path, str] = {}
        self._asks: dict[str, Mapping[str, str]] = {}
        self._said: dict[Path, str] = {}
        self._turn = threading.Lock()

    @property
    def any(self) -> bool:
        """Whether there are such documents."""
        return bool(self._files)

    def takes(self, file: Path, text: str) -> bool:
        """Whether a document names plugins that are installed, and besides them only fields of the platform itself."""
        foreign = _root_fields(text) - set(self._own)
        if foreign and self._plugins is None:
            # Looked for once: a folder holds many documents, and a node starts once.
            self._plugins = list(self._installed())
        asks = {field: plugin_of(field, self._plugins or []) for field in foreign}
        if not foreign or not all(asks.values()):
            return False
        self._files[file] = text
        self._asks[text.strip()] = asks
        return True

    def check_running(self, text: str, running: Collection[str]) -> None:
        """Raise Unavailable with PLUGIN_NOT_RUNNING for a document that names a plugin that does not run."""
        for field, plugin in self._absent(text, running).items():
            raise plugin_not_running(plugin, field)

    def try_again(self, try_out: Callable[[str], None], running: Collection[str]) -> None:
        """Try all of them, and tell the log what has become of them since they were tried last. It may take a while."""
        with self._turn:
            for file, text in self._files.items():
                said = self._tried(text, try_out, running)
                if said != self._said.get(file, ""):
                    self._said[file] = said
                    self._tell(file, said, sorted(set(self._absent(text, running).values())))

    def _tried(self, text: str, try_out: Callable[[str], None], running: Collection[str]) -> str:
        absent = self._absent(text, running)
        if absent:
            return ", ".join(sorted(set(absent.values())))
        try:
            try_out(text)
        except (UcsError, DocumentErrors) as cause:
            return problem_of(cause)
        return ""

    def _tell(self, file: Path, said: str, absent: list[str]) -> None:
        if absent:
            log.warning("document_waits_for_plugins", file=str(file), plugins=absent)
        elif said:
            log.error("document_does_not_fit", file=str(file), problem=said)
        else:
            log.info("document_ready", file=str(file))

    def _absent(self, text: str, running: Collection[str]) -> dict[str, str]:
        asks = self._asks.get(text.strip(), {})
        return {field: plugin for field, plugin in sorted(asks.items()) if plugin not in running}


def plugin_of(field: str, plugins: Iterable[str]) -> str:
    """The plugin below whose name a root field stands; empty where there is none."""
    named = [
        name
        for name in plugins
        if field == camel(name) or (field.startswith(camel(name)) and field[len(camel(name))].isupper())
    ]
    return max(named, key=len, default="")


def _root_fields(text: str) -> set[str]:
    """The fields that the operations of a document ask for at their roots; none of what is no document."""
    try:
        document = parse(text)
    except GraphQLError:
        return set()
    fragments = {
        node.name.value: node.selection_set for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    return {name for name in _fields(document, fragments) if not name.startswith("__")}


def _fields(document: DocumentNode, fragments: dict[str, SelectionSetNode]) -> Iterable[str]:
    line = [node.selection_set for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    while line:
        for selection in line.pop().selections:
            if isinstance(selection, FieldNode):
                yield selection.name.value
            elif isinstance(selection, InlineFragmentNode):
                line.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                # Each is looked into once, or a circle would have no end.
                there = fragments.pop(selection.name.value, None)
                line += [there] if there is not None else []
