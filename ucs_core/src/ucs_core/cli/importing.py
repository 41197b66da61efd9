"""`ucs import`: enter many resources from a file, and go on where it was cut off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ucs_core.cli import import_progress
from ucs_core.cli.import_progress import RejectsFile
from ucs_core.cli.import_rows import Row, Rows, chunks_of, rows_of_file
from ucs_core.cli.output import Output
from ucs_core.cli.reach import Reach, find_stream, stream_options
from ucs_core.cli.spreadsheets import Place, read_mapping, ready_mapping
from ucs_core.cli.verb import Misused, Verb, flag, option, run, word
from ucs_core.grpc.import_client import Chunk, Done, Way, check_reachable, send_chunks
from ucs_core.rows.limits import ATOMIC_BYTES_MOST, ATOMIC_MOST
from ucs_core.rows.rejections import Rejection, rejection_of
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import Code, Invalid, UcsError, Unauthenticated

TOGETHER = 10
"""How many chunks go on one stream: so often is it noted how far the import has come."""

SHOWN_MOST = 10
"""How many rejected rows are told on the terminal; all of them stand in the rejects file."""


class Source(NamedTuple):
    """What is imported, and where to."""

    path: Path
    mapping: str | None
    rejects: Path
    reach: Reach

    def chunks(self, *, behind: int = 0, number: int = 0) -> Iterator[Rows]:
        """The chunks of the file."""
        mapping = ready_mapping() if self.mapping is None else read_mapping(Path(self.mapping))
        return chunks_of(rows_of_file(self.path, mapping), behind=behind, number=number)

    def send(self, chunks: Iterable[Chunk], way: Way) -> Done:
        """Send chunks to the platform."""
        return send_chunks(self.reach.place, self.reach.token, chunks, way, locale=spoken_locale())


class Ended(NamedTuple):
    """How an import ended, and how many of what was rejected the caller may not enter at all."""

    entered: int
    rejected: int
    denied: int = 0


def import_(args: Sequence[str]) -> int:
    """`ucs import`."""
    verb = Verb(
        "import",
        _import,
        [
            word("file", say("NDJSON, or a table by its ending: .csv, .xlsx", "NDJSON 文件；.csv、.xlsx 按表格读取")),
            flag("--resume", say("go on where an import of the file was cut off", "从上次中断处继续")),
            option("--rejects", say("where rows go that are not entered", "未导入的行写入此文件"), metavar="FILE"),
            flag("--atomic", say("enter all or nothing, up to 50,000", "全部导入或全部不导入，最多 50000 项")),
            flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
            option("--mapping", say("the columns of a table", "表格的列映射"), metavar="FILE.yaml"),
            *stream_options(),
        ],
        summary=say(
            "Enter resources as approved elsewhere, a line each, 1,000 in a transaction. Rows that are not fit go to a file "
            "of rejects with line and reason; the others are entered. An import that was cut off goes on with --resume, and "
            "nothing is entered twice. Asks `administer` over every owner.",
            "导入已在别处通过审核的资源，每行一项，每 1000 行为一个事务。不合格的行连同行号和原因写入拒收文件，其余照常导入。"
            "中断后用 --resume 继续，不会重复导入。需对各归属机构有“管理”权限。",
        ),
        examples=[
            "ucs import city.ndjson --dry-run",
            "ucs import city.ndjson --rejects bad.ndjson",
            "ucs import city.ndjson --resume",
            "ucs import directory.xlsx --mapping columns.yaml --atomic",
        ],
    )
    return run(verb, args)


def _import(
    output: Output,
    file: str,
    resume: bool,
    rejects: str | None,
    atomic: bool,
    dry_run: bool,
    mapping: str | None,
    grpc: str | None,
    token: str | None,
    persona: str | None,
) -> int:
    path = Path(file)
    if not path.is_file():
        raise Misused(say(f"There is no file {file}.", f"没有文件 {file}。"))
    if path.suffix.lower() in (".yaml", ".yml"):
        raise Misused(
            say(
                f"{file} is YAML: `ucs apply -f {file}` takes it. An import takes NDJSON, .csv or .xlsx.",
                f"{file} 为 YAML 文件，请用 `ucs apply -f {file}`。导入支持 NDJSON、.csv 和 .xlsx。",
            )
        )
    if resume and (atomic or dry_run):
        raise Misused(
            say(
                "--resume goes on with an import in chunks: leave --atomic and --dry-run away.",
                "--resume 用于继续分批导入，不能与 --atomic、--dry-run 同用。",
            )
        )
    target = Path(rejects) if rejects else path.with_name(f"{path.name}.rejects.ndjson")
    source = Source(path, mapping, target, find_stream(grpc, token, persona))
    check_reachable(source.reach.place)
    if atomic or dry_run:
        ended = _at_once(output, source, Way(validate_only=dry_run, atomic=atomic, lenient=not atomic))
    else:
        ended = _in_chunks(output, source, resume=resume)
    return _told(output, source, ended, dry_run=dry_run, atomic=atomic)


def _in_chunks(output: Output, source: Source, *, resume: bool) -> Ended:
    """Enter what is fit, ten chunks at a time, and keep note of how far it has come."""
    progress = import_progress.begin(source.path, source.reach.place, resume=resume)
    rejects = RejectsFile(source.rejects, progress.rejects_size)
    chunks, denied = source.chunks(behind=progress.rows, number=progress.chunks), 0
    with _bar(source.path, output) as bar:
        try:
            while together := list(islice(chunks, TOGETHER)):
                sent = [chunk for chunk in together if chunk.rows]
                messages = [Chunk(chunk.ndjson, progress.request_id(chunk.number)) for chunk in sent]
                done = source.send(messages, Way()) if messages else Done(0, [])
                refused = _rejects(together, sent, done)
                _tell(output, refused, progress.rejected, denied)
                denied += sum(map(_is_denied, refused))
                progress.rejects_size = rejects.add(refused)
                progress.rows += sum(chunk.count for chunk in together)
                progress.chunks = together[-1].number + 1
                progress.entered += done.entered
                progress.rejected += len(refused)
                import_progress.keep(source.path, progress)
                bar(_read(together), progress.rows)
        except (UcsError, KeyboardInterrupt) as cause:
            _leave(output, source, progress, cause)
            raise
    import_progress.end(source.path)
    return Ended(progress.entered, progress.rejected, denied)


def _leave(
    output: Output, source: Source, progress: import_progress.Progress, cause: UcsError | KeyboardInterrupt
) -> None:
    """Say how to go on, where there is anything to go on from."""
    refused_at_once = isinstance(cause, Unauthenticated) or (
        isinstance(cause, UcsError) and str(cause.fields.get("committed")) == "0"
    )
    if progress.chunks == 0 and refused_at_once:
        import_progress.end(source.path)
        return
    output.note(
        say(
            f"{progress.rows} rows are dealt with so far. `ucs import {source.path} --resume` goes on from there.",
            f"已处理 {progress.rows} 行。用 `ucs import {source.path} --resume` 从此处继续。",
        )
    )


def _at_once(output: Output, source: Source, way: Way) -> Ended:
    """Check or enter everything on one stream."""
    sent: list[Rows] = []
    mistakes: list[Row] = []
    held = {"rows": 0, "bytes": 0}

    def messages() -> Iterator[Chunk]:
        for chunk in source.chunks():
            mistakes.extend(chunk.mistakes)
            held["rows"] += len(chunk.rows)
            held["bytes"] += chunk.size
            if way.atomic and (held["rows"] > ATOMIC_MOST or held["bytes"] > ATOMIC_BYTES_MOST):
                raise Invalid("IMPORT_TOO_LARGE", path="--atomic", most=ATOMIC_MOST, bytes=ATOMIC_BYTES_MOST)
            if chunk.rows:
                message = Chunk(chunk.ndjson, "")
                # Where each row stands is all that is needed of it from here on.
                chunk.rows = [row._replace(line=b"") for row in chunk.rows]
                sent.append(chunk)
                yield message

    ready: Iterable[Chunk] = messages()
    if way.atomic:
        # One bad row refuses all: what is seen to be bad here need not be sent.
        ready = list(ready)
    if way.atomic and mistakes:
        refused = [_reject(row, rejection_of(0, row.line)) for row in mistakes if isinstance(row.line, UcsError)]
        _tell(output, refused)
        RejectsFile(source.rejects, 0).add(refused)
        return Ended(0, len(refused))
    try:
        done = source.send(ready, way)
    except UcsError as cause:
        if row := _row_meant(cause, sent):
            place = _where(row.place)
            output.note(say(f"Nothing was entered, for {place} was refused:", f"{place}被拒绝，未导入任何内容："))
            raise _in_its_row(cause) from cause
        raise
    refused = _rejects([Rows(-1, mistakes=mistakes)], sent, done)
    _tell(output, refused)
    RejectsFile(source.rejects, 0).add(refused)
    return Ended(done.entered, len(refused), sum(map(_is_denied, refused)))


def _row_meant(cause: UcsError, sent: Sequence[Rows]) -> Row | None:
    """The row that an error's path means."""
    digits = [part.split("]")[0] for part in str(cause.fields.get("path", "")).split("[")[1:3]]
    if len(digits) < 2 or not all(part.isdigit() for part in digits):
        return None
    chunk, index = map(int, digits)
    return sent[chunk].rows[index] if chunk < len(sent) and index < len(sent[chunk].rows) else None


_AHEAD = re.compile(r"chunks\[\d+\]\.\w+\[\d+\]\.")
"""What stands ahead of a path within a row: the place in a stream, of which whoever has a file knows nothing."""


def _in_its_row(cause: UcsError) -> UcsError:
    """An error about a row, with paths that begin in that row."""
    fields = {name: _AHEAD.sub("", value) if isinstance(value, str) else value for name, value in cause.fields.items()}
    told = type(cause)(cause.reason, retry_after=cause.retry_after, **fields)
    told.said = {locale: _AHEAD.sub("", text) for locale, text in cause.said.items()}
    return told


def _rejects(together: Sequence[Rows], sent: Sequence[Rows], done: Done) -> list[dict[str, Any]]:
    """All rows that were not entered, in the order of the file."""
    found = [
        (row, rejection_of(0, row.line))
        for chunk in together
        for row in chunk.mistakes
        if isinstance(row.line, UcsError)
    ]
    found += [(sent[each.chunk].rows[each.rejection.index], each.rejection) for each in done.rejected]
    return [_reject(row, error) for row, error in sorted(found, key=lambda each: each[0].place.row)]


def _reject(row: Row, rejection: Rejection) -> dict[str, Any]:
    """A line of the rejects file."""
    place = {"line": row.place.row, **({"sheet": row.place.sheet} if row.place.sheet else {})}
    told = {**place, **rejection.model_dump(exclude={"index"})}
    return told | {"row": row.line.decode("utf-8", "replace")} if isinstance(row.line, bytes) and row.line else told


def _is_denied(rejected: Mapping[str, Any]) -> bool:
    return bool(rejected["code"] == Code.DENIED.value)


def _tell(output: Output, refused: Sequence[dict[str, Any]], before: int = 0, denied: int = 0) -> None:
    """Tell the first rejected rows on the terminal. That the caller may not enter a row is told once, of the first."""
    first = next((each for each in refused if _is_denied(each)), None) if not denied else None
    telling = [each for each in refused if each is first or not _is_denied(each)]
    for each in telling[: max(0, SHOWN_MOST - before)]:
        place = _where(Place(each["line"], each.get("sheet")))
        path, told = each["fields"].get("path"), say(each["message_en"], each["message_zh"])
        output.note(f"{place}{f' {path}' if path and path not in told else ''}: {told}")


def _where(place: Place) -> str:
    sheet = f"{place.sheet} " if place.sheet else ""
    return say(f"{sheet}line {place.row}", f"{sheet}第 {place.row} 行")


def _read(together: Sequence[Rows]) -> int:
    return max((row.read for chunk in together for row in (*chunk.rows, *chunk.mistakes)), default=0)


def _told(output: Output, source: Source, ended: Ended, *, dry_run: bool, atomic: bool) -> int:
    rejects = str(source.rejects) if ended.rejected else None
    denied = ended.denied > 0 and ended.entered == 0 and ended.denied == ended.rejected
    output.document(
        {"entered": ended.entered, "rejected": ended.rejected, "rejects": rejects, "dry_run": dry_run, "atomic": atomic}
    )
    if dry_run:
        output.line(
            say(
                f"{ended.entered} resources are fit to be entered; nothing was changed.",
                f"{ended.entered} 项资源校验通过，未作更改。",
            )
        )
    else:
        output.line(say(f"{ended.entered} resources entered.", f"已导入 {ended.entered} 项资源。"))
    if ended.rejected:
        output.line(
            say(
                f"{ended.rejected} rows were rejected: they stand in {rejects} with line and reason.",
                f"{ended.rejected} 行被拒收，行号和原因见 {rejects}。",
            )
        )
    if ended.denied > 1:
        output.line(
            say(
                f"{ended.denied} of them you may not enter: that asks `administer` over their owners.",
                f"其中 {ended.denied} 行您无权导入：需对其归属机构有“管理”权限。",
            )
        )
    if denied:
        return Exit.DENIED
    return Exit.REFUSED if ended.rejected else Exit.OK


@contextmanager
def _bar(path: Path, output: Output) -> Iterator[Any]:
    """A bar on standard error that follows the bytes of the file which are read."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = output.console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=path.stat().st_size)

        def moved(read: int, rows: int) -> None:
            progress.update(task, completed=read, description=say(f"{rows} rows", f"{rows} 行"))

        yield moved
