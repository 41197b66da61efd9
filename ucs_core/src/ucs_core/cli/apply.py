"""`ucs apply -f FILE`: bring the catalogue to what files state, and show every field that changes."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ucs_core.cli.catalogue import (
    CONTENT_FIELDS,
    RESOURCE,
    content_of,
    find_by_code,
    find_resource,
    from_wire,
    is_name,
    state_of,
    to_wire,
)
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.differences import Difference, content_differences, leaves, shown
from ucs_core.cli.documents import Document, read_documents
from ucs_core.cli.output import Answered, Output, error_document, error_text
from ucs_core.cli.verb import flag, run
from ucs_core.platform.validation import parse
from ucs_registry.resources import NewResource, ResourceContent
from ucs_sdk.commands import Exit, exit_of, say
from ucs_sdk.errors import Code, FailedPrecondition, Invalid, UcsError

BAR_FROM = 20
"""From how many resources on a progress bar is shown."""

_CREATE = (
    "mutation($input: CreateResourceInput!, $requestId: String!, $validateOnly: Boolean!) "
    f"{{ done: createResource(input: $input, requestId: $requestId, validateOnly: $validateOnly) {{ {RESOURCE} }} }}"
)
_UPDATE = (
    "mutation($id: ID!, $etag: String!, $content: ResourceContentPatch!, $requestId: String!, $validateOnly: Boolean!) "
    "{ done: updateResource(id: $id, etag: $etag, content: $content, requestId: $requestId, validateOnly: $validateOnly) "
    f"{{ {RESOURCE} }} }}"
)


@dataclass(slots=True, kw_only=True)
class Result:
    """What became of one document: `outcome` is created, updated, unchanged, or failed."""

    document: Document
    outcome: str
    differences: Sequence[Difference] = ()
    resource: Answer | None = None
    error: UcsError | Answered | None = None
    unchecked: Sequence[str] = ()
    """Codes of dependencies that a dry run could not check: what they name would have been created before."""

    def plain(self) -> Answer:
        """As JSON."""
        resource = self.resource or {}
        head = resource.get("head") or {}
        return {
            "file": self.document.file,
            "document": self.document.number,
            "code": self.document.code,
            "outcome": self.outcome,
            "id": resource.get("id"),
            "revision": head.get("number"),
            "state": head.get("state"),
            "differences": [change.plain() for change in self.differences],
            "unchecked": list(self.unchecked),
            "error": error_document(self.error) if self.error else None,
        }


def apply(args: Sequence[str]) -> int:
    """`ucs apply`."""
    told = say("a YAML file with one or many resources; - is standard input", "YAML 文件，可含多项资源；- 表示标准输入")
    verb = client_verb(
        "apply",
        _apply,
        [
            click.Option(["--file", "-f", "files"], help=told, metavar="FILE", required=True, multiple=True),
            flag(
                "--dry-run",
                say("check everything and show the difference, change nothing", "仅校验并显示差异，不作更改"),
            ),
        ],
        summary=say(
            "Create the resources that files state, or update those that exist: fields that a file leaves out stay as "
            "they are, null clears one. What changes is a draft until it is submitted and approved.",
            "按文件创建资源，或更新已有资源：文件未写的字段保持不变，null 表示清空。改动为草稿，须提交并通过审核后生效。",
        ),
        examples=["ucs apply -f examples/01-waterlogging-dataset.yaml", "ucs apply -f resources.yaml --dry-run"],
    )
    return run(verb, args)


def _apply(output: Output, client: Client, files: tuple[str, ...], dry_run: bool) -> int:
    documents = [document for file in files for document in read_documents(file)]
    for document in documents:
        _check_names(document)
    results = list(_results(output, client, documents, dry_run=dry_run))
    errors = [result.error for result in results if result.error]
    output.document({"dry_run": dry_run, "results": [result.plain() for result in results]})
    if len(documents) > 1:
        done, all = len(results) - len(errors), len(documents)
        output.note(say(f"{done} of {all} resources are as stated.", f"{all} 项资源中有 {done} 项已与文件一致。"))
    return exit_of(errors[0].code, errors[0].reason) if errors else Exit.OK


def _check_names(document: Document) -> None:
    """Refuse fields that no resource has, before anything is sent."""
    for name in document.content:
        if name not in CONTENT_FIELDS:
            near = difflib.get_close_matches(name, CONTENT_FIELDS, n=2)
            problem = say(f"content.{name} is not a field here", f"此处没有字段 content.{name}")
            raise Invalid(
                "FILE_MALFORMED",
                file=document.file,
                number=document.number,
                problem=problem,
                path=f"content.{name}",
                near=near,
            )


def _results(output: Output, client: Client, documents: Sequence[Document], *, dry_run: bool) -> Iterator[Result]:
    """Each document's result, told as it comes. What one document is refused for does not stop the others."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    # On a terminal the results themselves show how far it is.
    hidden = len(documents) < BAR_FROM or not sys.stderr.isatty() or sys.stdout.isatty()
    coming: set[str] = set()
    with Progress(*columns, console=output.console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task(say("resources", "资源"), total=len(documents))
        for document in documents:
            try:
                result = _bring(client, document, coming, dry_run=dry_run)
            except (UcsError, Answered) as error:
                result = Result(document=document, outcome="failed", error=error)
            if dry_run and result.outcome == "created":
                coming.add(document.code)
            _tell(output, result, dry_run=dry_run)
            yield result
            progress.update(task, advance=1)
            if result.error and result.error.code in _HOPELESS:
                return


_HOPELESS = (Code.UNAVAILABLE, Code.UNAUTHENTICATED)
"""What stops the rest as well: nobody answers, or nobody vouches for the caller."""


def _bring(client: Client, document: Document, coming: Collection[str], *, dry_run: bool) -> Result:
    """What a document comes to; `coming` are the codes that this run would have created before it."""
    resource = find_by_code(client, document.code)
    stated = _with_names(client, document.content, coming)
    content, unchecked = _without(stated, coming)
    if resource is None:
        result = _create(client, document, content, dry_run=dry_run)
        return replace(result, differences=_created(document, stated), unchecked=unchecked)
    _check_fixed(document, resource)
    head = content_of(resource["head"]["content"] if resource["head"] else resource)
    result = _update(client, document, resource, head, content, dry_run=dry_run)
    if not unchecked:
        return result
    return replace(result, outcome="updated", differences=content_differences(head, stated), unchecked=unchecked)


def _update(
    client: Client, document: Document, resource: Answer, head: Answer, content: Answer, *, dry_run: bool
) -> Result:
    differences = content_differences(head, content)
    if not differences:
        return Result(document=document, outcome="unchanged", resource=resource)
    # The platform checks this again; here a mistake is told by the names of the file.
    parse(ResourceContent, {name: value for name, value in (head | content).items() if value is not None}, "content")
    changed = {change.field for change in differences}
    answer = client.ask(
        _UPDATE,
        id=resource["id"],
        etag=resource["etag"] or "-",
        content=to_wire({name: value for name, value in content.items() if name in changed}),
        requestId=new_request_id(),
        validateOnly=dry_run,
    )
    return Result(document=document, outcome="updated", differences=differences, resource=from_wire(answer["done"]))


def _create(client: Client, document: Document, content: Answer, *, dry_run: bool) -> Result:
    stated = _fixed(document)
    content = {name: value for name, value in content.items() if value is not None}
    parse(NewResource, {**stated, "content": content})
    answer = client.ask(
        _CREATE,
        input={**stated, "content": to_wire(content)},
        requestId=new_request_id(),
        validateOnly=dry_run,
    )
    return Result(document=document, outcome="created", resource=from_wire(answer["done"]))


def _created(document: Document, content: Answer) -> list[Difference]:
    there = {name: value for name, value in content.items() if value is not None}
    return leaves(_fixed(document) | {"content": there}, "")


def _fixed(document: Document) -> Answer:
    return {"code": document.code, "kind": document.kind, "type": document.type, "owner": document.owner}


def _with_names(client: Client, content: Mapping[str, object], coming: Collection[str]) -> Answer:
    """The content with the codes of dependencies replaced by their names; people know resources by their codes.

    What is only coming has no name yet and keeps its code.
    """
    dependencies = content.get("dependencies")
    if not isinstance(dependencies, list):
        return dict(content)
    return {**content, "dependencies": [_with_name(client, item, coming) for item in dependencies]}


def _with_name(client: Client, dependency: object, coming: Collection[str]) -> object:
    target = _target(dependency)
    if not isinstance(dependency, dict) or target is None or is_name(target) or target in coming:
        return dependency
    return {**dependency, "target": find_resource(client, target)["id"]}


def _without(content: Answer, coming: Collection[str]) -> tuple[Answer, list[str]]:
    """The content without the dependencies on what is only coming, which the platform cannot check, and their codes."""
    dependencies = content.get("dependencies")
    if not isinstance(dependencies, list):
        return content, []
    left_out = [code for item in dependencies if (code := _target(item)) is not None and code in coming]
    checked = [item for item in dependencies if _target(item) not in left_out]
    return (content | {"dependencies": checked} if left_out else content), left_out


def _target(dependency: object) -> str | None:
    target = dependency.get("target") if isinstance(dependency, dict) else None
    return target if isinstance(target, str) else None


def _check_fixed(document: Document, resource: Answer) -> None:
    """Refuse to change what stays for ever."""
    owner = resource["owner"]["id"].removeprefix("organizations/")
    fixed = {"kind": resource["kind"], "type": resource["type"], "owner": owner}
    for name, current in fixed.items():
        if getattr(document, name).removeprefix("organizations/") != current:
            raise FailedPrecondition("FIELD_IMMUTABLE", path=name, object=document.code, current=current)


def _tell(output: Output, result: Result, *, dry_run: bool) -> None:
    document = result.document
    if result.error is not None:
        told = error_text(result.error)
        output.note(say(f"{document.place}: {told}", f"{document.place}：{told}"))
        return
    outcome = _outcome(result, dry_run=dry_run)
    output.show(Text(f"{document.code}: {outcome}", "bold"), *shown(result.differences))
    for code in result.unchecked:
        output.note(
            say(
                f"{document.place}: {code} is yet to be created by this run, so the dependency on it was not checked.",
                f"{document.place}：{code} 将由本次运行创建，未校验对它的依赖。",
            )
        )
    if result.resource is not None and not dry_run and result.outcome != "unchanged":
        output.line(f"  {state_of(result.resource)}")
        submit = f"`ucs submit {document.code}`"
        output.note(say(f"{submit} hands it to the reviewers.", f"可用 {submit} 提交审核。"))


def _outcome(result: Result, *, dry_run: bool) -> str:
    if result.outcome == "unchanged":
        return say("already as stated, nothing to do", "已与文件一致，无需处理")
    created = result.outcome == "created"
    if dry_run:
        would = say("would be created", "将创建") if created else say("would be updated", "将更新")
        return would + say("; nothing was changed", "；未作任何更改")
    return say("created", "已创建") if created else say("updated", "已更新")
