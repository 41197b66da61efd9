"""`ucs grant`: single resources that somebody may use for a time, given and revoked by whoever administers them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click

from ucs_core.access.actions import Action
from ucs_core.cli.catalogue import find_resource, from_wire
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.directory import GRANT, GRANTS, Column, bare, minute, page_options, principal_name, show_list
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Misused, Verb, flag, number, option, word, word_of
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Invalid

DAYS_MOST = 36_500

_GIVE = (
    "mutation($input: GiveGrantInput!, $requestId: String!, $validateOnly: Boolean!) { "
    f"done: giveGrant(input: $input, requestId: $requestId, validateOnly: $validateOnly) {{ {GRANT} }} }}"
)
_EFFECTIVE = """query($resource: ID!, $principal: ID) {
  effectiveActions(resource: $resource, principal: $principal) { action allowed }
}"""
_REVOKE = (
    "mutation($id: ID!, $reason: String!, $requestId: String!, $validateOnly: Boolean!) { "
    "done: revokeGrant(id: $id, reason: $reason, requestId: $requestId, validateOnly: $validateOnly) "
    f"{{ {GRANT} }} }}"
)


def grant(args: Sequence[str]) -> int:
    """`ucs grant VERB`."""
    return run_group("ucs grant", {"list": _list_verb, "give": _give_verb, "revoke": _revoke_verb}, args)


def _list_verb() -> Verb:
    return client_verb(
        "list",
        _list,
        [
            option("--resource", say("on this resource", "针对该资源"), metavar="CODE"),
            option("--grantee", say("to this principal or organisation", "授予该主体或机构"), metavar="ID"),
            flag("--live", say("only those that count now", "仅当前有效的授权")),
            *page_options(),
        ],
        summary=say(
            "List grants: your own, and those on the resources that you administer or audit.",
            "列出授权：您本人的，以及您管理或审计的资源上的。",
        ),
        examples=["ucs grant list --resource QD-3702-DAT-0010", "ucs grant list --grantee app --live"],
    )


def _list(
    output: Output,
    client: Client,
    resource: str | None,
    grantee: str | None,
    live: bool,
    first: int,
    after: str | None,
    all: bool,
) -> int:
    filter = {
        "resource": find_resource(client, resource)["id"] if resource else None,
        "grantee": _grantee(grantee) if grantee else None,
        "live": live or None,
    }
    columns: list[Column] = [
        (say("GRANT", "授权"), _short),
        (say("WHO", "被授权方"), "grantee"),
        (say("ACTION", "操作"), "action"),
        (say("RESOURCE", "资源"), lambda node: str(node["resource"]).removeprefix("resources/")),
        (say("FROM", "生效"), lambda node: minute(node["valid_from"])),
        (say("UNTIL", "失效"), lambda node: minute(node["valid_until"])),
    ]
    show_list(output, client, GRANTS, filter, columns, first=first, after=after, all=all)
    return Exit.OK


def _grantee(id: str) -> str:
    """The name of a grantee; an id alone is a principal's."""
    return id if id.startswith("organizations/") else principal_name(id)


def _give_verb() -> Verb:
    who = say(
        "a principal's id, or organizations/ID for all in it and below", "主体标识，或 organizations/ID（含下级）"
    )
    until = say("until when, such as 2027-01-31 or 2027-01-31T12:00:00Z", "失效时间，如 2027-01-31")
    return client_verb(
        "give",
        _give,
        [
            word("grantee", who),
            word_of("action", say("what it may do", "操作"), [action.value for action in Action]),
            word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
            option("--from", say("from when; else now", "生效时间；默认立即"), metavar="TIME", name="since"),
            option("--until", until, metavar="TIME"),
            number("--days", say("for so many days", "有效天数"), least=1, most=DAYS_MOST),
            flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
        ],
        summary=say(
            "Let somebody do something with one resource, for a time or until it is revoked. It counts where a policy "
            "asks for a grant.",
            "授权某方对一项资源执行操作，可设期限；在策略要求授权处生效。",
        ),
        examples=["ucs grant give app read QD-3702-DAT-0011 --days 30 --as platform-admin"],
    )


def _give(
    output: Output,
    client: Client,
    grantee: str,
    action: str,
    resource: str,
    since: str | None,
    until: str | None,
    days: int | None,
    dry_run: bool,
) -> int:
    if until and days:
        raise Misused(say("Give --until or --days, not both.", "--until 与 --days 只能给出一个。"))
    found = find_resource(client, resource)
    begins = _instant("--from", since)
    ends = _instant("--until", until)
    if days:
        ends = (begins or datetime.now(UTC)) + timedelta(days=days)
    stated = {
        "grantee": _grantee(grantee),
        "action": action,
        "resource": found["id"],
        "validFrom": begins and begins.isoformat(),
        "validUntil": ends and ends.isoformat(),
    }
    answer = client.ask(_GIVE, input=stated, requestId=new_request_id(), validateOnly=dry_run)
    given = from_wire(answer["done"])
    output.document({"dry_run": dry_run, "grant": given})
    told = _told(given, found["code"])
    if dry_run:
        output.line(say(f"Would pass: {told}. Nothing was changed.", f"校验通过：{told}。未作任何更改。"))
        return Exit.OK
    output.line(say(f"{given['id']}: {told}", f"{given['id']}：{told}"))
    output.note(
        say(
            f"`ucs grant revoke {_short(given)} --reason …` ends it.",
            f"可用 `ucs grant revoke {_short(given)} --reason …` 撤销。",
        )
    )
    if begins is None:
        _note_idle(output, client, given, found["code"])
    return Exit.OK


def _note_idle(output: Output, client: Client, given: Answer, code: str) -> None:
    """Say so where a grant that counts from now on changes nothing, because no policy lets it."""
    who, action = given["grantee"], given["action"]
    if not who.startswith("principals/"):
        return
    actions = client.ask(_EFFECTIVE, resource=given["resource"], principal=who)["effectiveActions"]
    if any(item["action"] == action and not item["allowed"] for item in actions):
        why = f"`ucs why {action} {code} --principal {bare(who)}`"
        output.note(
            say(
                f"It changes nothing yet: no policy lets a grant allow that. {why} tells what would.",
                f"该授权暂不起作用：没有策略允许凭授权执行此操作。可用 {why} 查看原因。",
            )
        )


def _instant(path: str, text: str | None) -> datetime | None:
    """The instant of a date or a time; a date begins at midnight, and a time without a zone is in UTC."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as cause:
        raise Invalid("FIELD_TYPE", path=path, value=text[:80], expected="datetime") from cause
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _told(given: Answer, code: str) -> str:
    ends = given["valid_until"]
    until = (
        say(f" until {minute(ends)}", f"，截至 {minute(ends)}") if ends else say(" until it is revoked", "，直至撤销")
    )
    who, action = given["grantee"], given["action"]
    return say(f"{who} may {action} {code}", f"{who} 可以对 {code} 执行 {action}") + until


def _short(given: Answer) -> str:
    return str(given["id"]).removeprefix("grants/")


def _revoke_verb() -> Verb:
    params: list[click.Parameter] = [
        word("id", say("the grant's id, as `ucs grant list` shows it", "授权编号，见 `ucs grant list`")),
        option("--reason", say("why, for the log", "理由，记入日志"), metavar="TEXT", required=True),
        flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
    ]
    return client_verb(
        "revoke",
        _revoke,
        params,
        summary=say("Revoke a grant: from the next call on it does not count.", "撤销授权：自下一次调用起失效。"),
        examples=['ucs grant revoke 01JZ… --reason "the trial is over"'],
    )


def _revoke(output: Output, client: Client, id: str, reason: str, dry_run: bool) -> int:
    name = f"grants/{id.removeprefix('grants/')}"
    answer = client.ask(_REVOKE, id=name, reason=reason, requestId=new_request_id(), validateOnly=dry_run)
    revoked = from_wire(answer["done"])
    output.document({"dry_run": dry_run, "grant": revoked})
    what = f"{revoked['grantee']} {revoked['action']} {revoked['resource']}"
    if dry_run:
        output.line(say(f"{name}: would be revoked; nothing was changed", f"{name}：将撤销；未作任何更改"))
    else:
        output.line(say(f"{name}: revoked ({what})", f"{name}：已撤销（{what}）"))
    return Exit.OK
