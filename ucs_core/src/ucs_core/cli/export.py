"""`ucs export`: write the resources that you may see into a file, for another platform, for people, or for catalogues."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
from rich.progress import Progress, SpinnerColumn, TextColumn

from ucs_core.cli.dcat import DEFAULT_BASE, SYNTAXES, dcat_document
from ucs_core.cli.output import Output
from ucs_core.cli.reach import find_stream, stream_options
from ucs_core.cli.search_filter import filter_of, filter_options
from ucs_core.cli.spreadsheets import ColumnMapping, csv_table, read_mapping, ready_mapping, xlsx_table
from ucs_core.cli.targets import written
from ucs_core.cli.verb import Misused, Verb, choice, flag, option, run, word
from ucs_core.grpc.export_client import Exported, export_resources
from ucs_sdk.commands import Exit, say, spoken_locale

FORMATS = ("ndjson", "csv", "xlsx", "dcat")

_ENDINGS = {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".xlsx": "xlsx", ".ttl": "dcat", ".jsonld": "dcat"}

Take = Callable[[Exported], object]
"""Takes a stretch of an export."""


class Wanted(NamedTuple):
    """What an export is to be: the format, and what that format needs."""

    format: str
    mapping: ColumnMapping
    syntax: str
    base: str

    @property
    def needs_card(self) -> bool:
        """Whether the format tells what no import takes."""
        tabular = self.format in ("csv", "xlsx")
        return self.format == "dcat" or (tabular and any(column.only_out for column in self.mapping.columns))


class Cut:
    """How many cells were too long for the format."""

    cells = 0


def export(args: Sequence[str]) -> int:
    """`ucs export`."""
    verb = Verb(
        "export",
        _export,
        [
            word("words", say("words that must all occur", "检索词，须全部命中"), required=False, many=True),
            choice(
                "--format", say("format; else by the file's name, or ndjson", "格式；默认按文件名，或 ndjson"), FORMATS
            ),
            option(
                "-o",
                say("the file to write; else standard output", "输出文件；默认标准输出"),
                metavar="FILE",
                name="target",
            ),
            *filter_options(),
            flag("--whole", say("leave out what you may not read", "不含您无权读取的资源")),
            option("--mapping", say("the columns of a table", "表格的列映射"), metavar="FILE.yaml"),
            choice(
                "--syntax", say("how DCAT is written; else by the file's name", "DCAT 的写法；默认按文件名"), SYNTAXES
            ),
            option("--base", say("where DCAT's names begin", "DCAT 标识的前缀"), metavar="IRI", default=DEFAULT_BASE),
            *stream_options(),
        ],
        summary=say(
            "Write the approved resources that you may see, all from one state: NDJSON for `ucs import`, a table of the "
            "government directory (CSV, XLSX), or a DCAT catalogue (Turtle, JSON-LD).",
            "导出您可见的已通过资源（同一时刻的状态）：供 `ucs import` 使用的 NDJSON、政务信息资源目录表格（CSV、XLSX）"
            "或 DCAT 目录（Turtle、JSON-LD）。",
        ),
        examples=[
            "ucs export -o city.ndjson --whole",
            "ucs export --owner 370202 -o directory.xlsx",
            "ucs export --kind data -o catalogue.ttl --base https://data.example.org/",
        ],
    )
    return run(verb, args)


def _export(
    output: Output,
    words: tuple[str, ...],
    format: str | None,
    target: str | None,
    whole: bool,
    mapping: str | None,
    syntax: str | None,
    base: str,
    grpc: str | None,
    token: str | None,
    persona: str | None,
    **stated: Any,  # noqa: ANN401 - what the filters' options hold is for `filter_of` to know
) -> int:
    wanted = _wanted(format, target, mapping, syntax, base)
    if target is None and (output.as_json or wanted.format == "xlsx"):
        raise Misused(
            say(
                "Name a file with -o: this does not go to standard output.",
                "请用 -o 指定文件：此内容不能写到标准输出。",
            )
        )
    reach = find_stream(grpc, token, persona)
    pieces = export_resources(
        reach.place,
        reach.token,
        filter_of(stated) | {"search": " ".join(words) or None},
        whole_only=whole,
        with_card=wanted.needs_card,
        locale=spoken_locale(),
    )
    cut = Cut()
    with _opened(target) as file, _writing(wanted, file, cut) as take:
        count, withheld, position = _taken(output, pieces, take, as_bar=target is not None and sys.stderr.isatty())
    _tell(output, wanted, target, count, withheld, cut.cells)
    output.document(
        {"file": target, "format": wanted.format, "resources": count, "withheld": withheld, "position": position}
    )
    return Exit.OK


def _wanted(format: str | None, target: str | None, mapping: str | None, syntax: str | None, base: str) -> Wanted:
    ending = Path(target or "").suffix.lower()
    if format is None and ending not in ("", ".json", *_ENDINGS):
        raise Misused(
            say(
                f"No format goes by the ending {ending}: name one with --format ({', '.join(FORMATS)}).",
                f"没有以 {ending} 结尾的格式，请用 --format 指明（{'、'.join(FORMATS)}）。",
            )
        )
    chosen = format or _ENDINGS.get(ending, "ndjson")
    columns = read_mapping(Path(mapping)) if mapping else ready_mapping()
    if mapping and chosen not in ("csv", "xlsx"):
        raise Misused(say("--mapping is for tables: csv and xlsx.", "--mapping 仅用于表格：csv 和 xlsx。"))
    return Wanted(chosen, columns, syntax or ("json-ld" if ending in (".jsonld", ".json") else "turtle"), base)


def _opened(target: str | None) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdout.buffer) if target is None else written(Path(target))


@contextmanager
def _writing(wanted: Wanted, file: IO[bytes], cut: Cut) -> Iterator[Take]:
    match wanted.format:
        case "csv" | "xlsx" as kind:
            opened = csv_table if kind == "csv" else xlsx_table
            with opened(file, wanted.mapping) as table:
                yield _each(table.write)
                cut.cells = table.cut
        case "dcat":
            with dcat_document(file, wanted.syntax, wanted.base) as write:
                yield _each(write)
        case _:
            yield lambda piece: file.write(piece.ndjson)


def _each(write: Callable[[Mapping[str, Any]], None]) -> Take:
    def take(piece: Exported) -> None:
        for line in piece.ndjson.splitlines():
            write(orjson.loads(line))

    return take


def _taken(output: Output, pieces: Iterator[Exported], take: Take, *, as_bar: bool) -> tuple[int, int, int | None]:
    """How many resources were taken, how many of them without what only readers see, and of which position."""
    count, withheld, position = 0, 0, None
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed}"))
    with Progress(*columns, console=output.console(stderr=True), disable=not as_bar, transient=True) as progress:
        task = progress.add_task(say("resources", "资源"), total=None)
        for piece in pieces:
            take(piece)
            count, withheld, position = count + piece.resources, withheld + piece.withheld, piece.position
            progress.update(task, completed=count)
    return count, withheld, position


def _tell(output: Output, wanted: Wanted, target: str | None, count: int, withheld: int, cut: int) -> None:
    if target is not None:
        output.line(say(f"{count} resources were written to {target}.", f"已将 {count} 项资源写入 {target}。"))
    elif not count:
        output.note(say("Nothing that you may see matches.", "没有您有权查看的匹配资源。"))
    if withheld:
        output.note(
            say(
                f"{withheld} of them are cards only, because you may not read them; an import takes none of those. "
                "--whole leaves them out.",
                f"其中 {withheld} 项您无权读取，仅含卡片信息，不能再导入。使用 --whole 可不含这些资源。",
            )
        )
    if cut:
        output.note(
            say(
                f"{cut} cells were longer than the format allows and were cut: such a table is not for an import.",
                f"{cut} 个单元格超过格式上限并被截断，此表格不宜再导入。",
            )
        )
