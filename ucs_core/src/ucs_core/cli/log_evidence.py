"""`ucs log checkpoint|prove|export|verify|compact`: the log as evidence for people who do not take its word."""

from __future__ import annotations

from pathlib import Path

import click

from ucs_core.cli import log_verifier
from ucs_core.cli.asking import confirmed
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.output import Output
from ucs_core.cli.targets import written
from ucs_core.cli.verb import Misused, Verb, flag, number, option, word
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import Conflict, FailedPrecondition, Invalid

EXPORT_PAGE = 200
TRIES = 3
"""How often an export is begun while others drop bodies."""

_CHECKPOINT = "{ checkpoint { origin size root at note } }"
_PROVE = "query($position: Position!) { logProof(position: $position) { document checkpoint { size } } }"
_GROWTH = "query($first: Position!) { logConsistency(first: $first) { document checkpoint { size } } }"
_EXPORT = """query($after: Position!, $first: Int!, $size: Position) {
  logExport(after: $after, first: $first, size: $size) { lines entries size compacted }
}"""
_COMPACT = """mutation($upto: Position!, $requestId: String!, $validateOnly: Boolean!) {
  compactLog(upto: $upto, requestId: $requestId, validateOnly: $validateOnly) { upto dropped }
}"""


class _Position(click.ParamType[int]):
    name = "position"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 19 and int(text)):
            raise Invalid("FIELD_TYPE", path="POSITION", value=text[:80], expected="position")
        return int(text)


def checkpoint_verb() -> Verb:
    """`ucs log checkpoint`."""
    return client_verb(
        "checkpoint",
        _checkpoint,
        [],
        summary=say(
            "Print the last signed checkpoint. Keep it elsewhere: what it covers can then not be changed unnoticed.",
            "输出最后的签名检查点。请另处留存：其覆盖的内容此后被改动即可发现。",
        ),
        examples=["ucs log checkpoint >> checkpoints-seen.txt"],
    )


def _checkpoint(output: Output, client: Client) -> int:
    found = client.ask(_CHECKPOINT)["checkpoint"]
    if found is None:
        raise FailedPrecondition("LOG_UNSIGNED")
    for line in found["note"].split("\n")[:-1]:
        output.line(line)
    output.document(found)
    return Exit.OK


def prove_verb() -> Verb:
    """`ucs log prove`."""
    told = say("the entry's position", "条目位置")
    position = click.Argument(["position"], help=told, type=_Position(), required=False, metavar="POSITION")
    since = say("instead: that the first N entries are still the log's beginning", "改为证明日志仍以前 N 条开头")
    return client_verb(
        "prove",
        _prove,
        [position, number("--since", since, least=1), _target()],
        summary=say(
            "Prove that an entry is in the log, or that the log has only grown; `ucs log verify` reads the proof.",
            "证明某条目在日志中，或日志只增未改；可用 `ucs log verify` 校验。",
        ),
        examples=["ucs log prove 42 --output entry-42.json", "ucs log prove --since 1000"],
    )


def _prove(output: Output, client: Client, position: int | None, since: int | None, target: str | None) -> int:
    if (position is None) == (since is None):
        raise Misused(say("Give either a POSITION or --since.", "请给出 POSITION 或 --since 之一。"))
    if position is not None:
        proof = client.ask(_PROVE, position=position)["logProof"]
    else:
        proof = client.ask(_GROWTH, first=since)["logConsistency"]
    if target is None:
        output.line(proof["document"])
        output.record({"document": proof["document"]})
        return Exit.OK
    with written(Path(target)) as file:
        file.write(f"{proof['document']}\n".encode())
    output.line(say(f"Written to {target}.", f"已写入 {target}。"))
    output.document({"file": target, "size": proof["checkpoint"]["size"]})
    return Exit.OK


def export_verb() -> Verb:
    """`ucs log export`."""
    return client_verb(
        "export",
        _export,
        [word("file", say("where to write it", "写入的文件"))],
        summary=say(
            "Write the whole log up to its last checkpoint into a file for the verifier; asks `audit` at the top of the tree.",
            "将截至最后检查点的全部日志写入文件，供校验程序使用；须有顶级机构的审计权限。",
        ),
        examples=["ucs log export log.ndjson --as platform-admin"],
    )


def _export(output: Output, client: Client, file: str) -> int:
    for attempt in range(1, TRIES + 1):
        try:
            entries = _exported(client, Path(file))
        except Conflict:
            if attempt == TRIES:
                raise
            output.note(say("Bodies were dropped meanwhile; once more.", "导出期间有正文被清除，重新导出。"))
            continue
        break
    output.line(say(f"{entries} entries were written to {file}.", f"已将 {entries} 条日志写入 {file}。"))
    output.document({"file": file, "entries": entries})
    return Exit.OK


def _exported(client: Client, file: Path) -> int:
    """How many entries were written. Raises Conflict when bodies were dropped meanwhile."""
    after, size, compacted, more = 0, None, None, True
    with written(file) as opened:
        while more:
            page: Answer = client.ask(_EXPORT, after=after, first=EXPORT_PAGE, size=size)["logExport"]
            if compacted not in (None, page["compacted"]):
                raise Conflict("LOG_COMPACTED_MEANWHILE", upto=page["compacted"])
            size, compacted = page["size"], page["compacted"]
            after += page["entries"]
            # A log that somebody has taken entries out of ends early, and the verifier says so.
            more = bool(page["entries"]) and after < size
            opened.writelines(f"{line}\n".encode() for line in page["lines"])
    return after


def verify_verb() -> Verb:
    """`ucs log verify`."""
    return Verb(
        "verify",
        _verify,
        [
            word("file", say("an export or a proof", "导出或证明文件")),
            click.Option(
                ["--key", "keys"],
                help=say("a verification key that you trust; may be repeated", "受信的验证密钥，可重复"),
                metavar="VKEY",
                multiple=True,
                required=True,
            ),
            click.Option(
                ["--seen"],
                help=say("checkpoints that you kept earlier; may be repeated", "此前留存的检查点文件，可重复"),
                metavar="FILE",
                multiple=True,
            ),
        ],
        summary=say(
            "Verify an export or a proof, offline. The same program runs alone: `python log_verifier.py`.",
            "离线校验导出或证明。同一程序也可单独运行：`python log_verifier.py`。",
        ),
        examples=["ucs log verify log.ndjson --key city+8459442d+AQ… --seen checkpoints-seen.txt"],
    )


def _verify(output: Output, file: str, keys: tuple[str, ...], seen: tuple[str, ...]) -> int:
    try:
        found, code = log_verifier.verify(file, keys, seen), Exit.OK
    except log_verifier.Wrong as end:
        found, code = [end.args], Exit(end.code)
    told = [said[spoken_locale().value == "zh"] for said in found]
    for line in told:
        output.line(line) if code is Exit.OK else output.note(line)
    output.document({"sound": code is Exit.OK, "findings": told, "verifier": log_verifier.__file__})
    return code


def compact_verb() -> Verb:
    """`ucs log compact`."""
    return client_verb(
        "compact",
        _compact,
        [
            number("--upto", say("up to this position (required)", "到此位置为止（必填）"), least=1),
            flag("--yes", say("do not ask", "不再询问")),
            flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
            option("--request-id", say("makes a repetition harmless", "使重复调用无害"), metavar="ID"),
        ],
        summary=say(
            "Drop the bodies of the log's entries up to a position, for good; headers and proofs stay.",
            "永久清除到某位置为止的日志正文；头部与证明不受影响。",
        ),
        examples=["ucs log compact --upto 100000 --dry-run --as platform-admin"],
    )


def _compact(output: Output, client: Client, upto: int | None, yes: bool, dry_run: bool, request_id: str | None) -> int:
    if upto is None:
        raise Misused(say("The option --upto is required.", "必须给出选项 --upto。"))
    if not yes and not dry_run:
        question = say(f"Drop all bodies up to position {upto} for good?", f"永久清除位置 {upto} 及之前的全部正文？")
        otherwise = say(
            "What is dropped does not come back, and nobody can be asked here. Look with --dry-run, then give --yes.",
            "清除后无法恢复，且此处无法询问确认。请先用 --dry-run 查看，再使用 --yes。",
        )
        if not confirmed(output, question, otherwise):
            return Exit.REFUSED
    named = request_id or new_request_id()
    done = client.ask(_COMPACT, upto=upto, requestId=named, validateOnly=dry_run)["compactLog"]
    dropped, reached = done["dropped"], done["upto"]
    if dry_run:
        told = say(
            f"{dropped} bodies would be dropped; nothing was changed.", f"将清除 {dropped} 条正文；未作任何更改。"
        )
    else:
        told = say(
            f"{dropped} bodies were dropped; up to position {reached} there are none.",
            f"已清除 {dropped} 条正文；位置 {reached} 及之前已无正文。",
        )
    output.line(told)
    output.document({"dry_run": dry_run} | done)
    return Exit.OK


def _target() -> click.Option:
    return option("--output", say("write it to a file", "写入文件"), metavar="FILE", name="target")
