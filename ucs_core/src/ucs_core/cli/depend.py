"""`ucs depend`: let a resource depend on more, or on less, link by link."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import click
from rich.text import Text

from ucs_core.cli.card import announced
from ucs_core.cli.catalogue import RESOURCE, content_of, find_resource, from_wire, state_of, term, titled
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Misused, flag, option, run, word
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import DependencyRelation

_CHANGE = (
    "mutation($id: ID!, $etag: String!, $add: [DependencyInput!], $remove: [ID!], $requestId: String!, "
    "$validateOnly: Boolean!) { done: changeDependencies(id: $id, etag: $etag, add: $add, remove: $remove, "
    f"requestId: $requestId, validateOnly: $validateOnly) {{ {RESOURCE} }} }}"
)


def depend(args: Sequence[str]) -> int:
    """`ucs depend`."""
    relations = ", ".join(
        say(relation.value, f"{relation.value} {relation.title_zh}") for relation in DependencyRelation
    )
    on = say(
        f"depend on TARGET (a code or resources/ULID), in this way: {relations}; @VERSION where one is needed",
        f"新增对 TARGET（代码或 resources/ULID）的依赖，关系为：{relations}；可加 @版本",
    )
    role = say("what the added ones are needed for", "新增依赖的作用")
    verb = client_verb(
        "depend",
        _depend,
        [
            word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
            click.Option(["--on"], help=on, metavar="TARGET:RELATION[@VERSION]", multiple=True),
            click.Option(["--not-on"], help=say("depend on it no more", "不再依赖"), metavar="TARGET", multiple=True),
            option("--role", role, metavar="TEXT"),
            flag("--optional", say("the added ones can be done without", "新增依赖为非必需")),
            option(
                "--etag",
                say("the etag of what you saw; else what is read now", "您所见状态的版本标记；默认取当前读到的"),
                metavar="ETAG",
            ),
            flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
        ],
        summary=say(
            "Change what a resource depends on, and nothing else of it. The change is a draft until it is submitted and "
            "approved; a link of the same target and relation is replaced.",
            "增减某资源的依赖，其余内容不变。改动为草稿，须提交并通过审核后生效；目标与关系相同的依赖会被替换。",
        ),
        examples=[
            "ucs depend QD-3702-APP-0012 --on QD-3702-DAT-0009:reads",
            "ucs depend QD-3702-APP-0012 --on QD-3702-COM-0017:calls@v2 --not-on QD-3702-DAT-0006",
        ],
    )
    return run(verb, args)


def _depend(
    output: Output,
    client: Client,
    resource: str,
    on: tuple[str, ...],
    not_on: tuple[str, ...],
    role: str | None,
    optional: bool,
    etag: str | None,
    dry_run: bool,
) -> int:
    if not (on or not_on):
        raise Misused(
            say(
                "Say what to depend on with --on, or on what no more with --not-on.", "请用 --on 或 --not-on 指明依赖。"
            )
        )
    notes = {"required": not optional} | ({"role": role} if role else {})
    stated = [_link(text) for text in on]
    found = find_resource(client, resource)
    before = _links(found)
    targets = [find_resource(client, link["target"]) for link in stated]
    answer = client.ask(
        _CHANGE,
        id=found["id"],
        etag=etag or found["etag"] or "-",
        add=[{**link, "target": target["id"], **notes} for link, target in zip(stated, targets, strict=True)],
        remove=[find_resource(client, target)["id"] for target in not_on],
        requestId=new_request_id(),
        validateOnly=dry_run,
    )
    after = from_wire(answer["done"])
    links = _links(after)
    output.document(
        {
            "id": after["id"],
            "code": after["code"],
            "dry_run": dry_run,
            "etag": after["etag"],
            "dependencies": content_of(after["head"]["content"] if after["head"] else after)["dependencies"],
            "added": [link for link in links if link not in before],
            "removed": [link for link in before if link not in links],
        }
    )
    output.show(*(Text(f"  - {link}", "red") for link in before if link not in links))
    output.show(*(Text(f"  + {link}", "green") for link in links if link not in before))
    _warn(output, targets)
    if dry_run:
        output.line(say("Would pass. Nothing was changed.", "校验通过，未作任何更改。"))
        return Exit.OK
    output.line(say(f"Done: {after['code']} is {state_of(after)}.", f"完成：{after['code']} 现为 {state_of(after)}。"))
    submit = f"`ucs submit {after['code']}`"
    output.note(say(f"{submit} hands it to the reviewers.", f"可用 {submit} 提交审核。"))
    return Exit.OK


def _warn(output: Output, targets: Sequence[Answer]) -> None:
    for target in targets:
        if target["deprecation"]:
            told, announcement = f"{target['code']} {titled(target['title'])}", announced(target["deprecation"])
            output.note(say(f"{told} is deprecated: {announcement}.", f"{told} 已弃用：{announcement}。"))


def _links(resource: Answer) -> list[str]:
    """The links of the latest revision, each in a line for people."""
    holder = resource["head"]["content"] if resource["head"] else resource
    return [_told(link) for link in holder["dependencies"]]


def _told(link: Answer) -> str:
    version = f" @{link['version']}" if link["version"] else ""
    notes = [f"{term(DependencyRelation, link['relation'])}{version}", *([link["role"]] if link["role"] else [])]
    notes += [] if link["required"] else [say("not required", "非必需")]
    return f"{link['resource']['code']} {titled(link['resource']['title'])} ({', '.join(notes)})"


def _link(text: str) -> Answer:
    """The link of TARGET:RELATION[@VERSION]. Raises Misused without a relation, and for one that there is not."""
    target, _, rest = text.partition(":")
    relation, _, version = rest.partition("@")
    if not (target and relation):
        raise Misused(
            say(
                f"{text} names no relation. Write it as TARGET:RELATION, such as {target or 'CODE'}:reads.",
                f"{text} 未指明依赖关系。请写作 TARGET:RELATION，如 {target or 'CODE'}:reads。",
            )
        )
    allowed = [known.value for known in DependencyRelation]
    if relation not in allowed:
        near = difflib.get_close_matches(relation, allowed, n=1)
        error = Invalid("FIELD_NOT_ONE_OF", path="--on", value=relation[:80], allowed=allowed, near=near)
        raise Misused(error.message(spoken_locale()))
    return {"target": target, "relation": relation} | ({"version": version} if version else {})
