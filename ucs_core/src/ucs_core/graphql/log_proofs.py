"""Checkpoints of the log in the schema, proofs about it, its export, and what keeps it small."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.entries import LogEntry
from ucs_core.graphql.nodes import First
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import REQUEST_ID, VALIDATE_ONLY, described, resolved
from ucs_core.platform import log_proofs as platform
from ucs_core.platform.log_proofs import document_of, export_lines
from ucs_registry import checkpoints as registry
from ucs_registry.queries import page_size

At = Annotated[Position, strawberry.argument(description="条目位置 · The entry's position")]
Size = Annotated[
    Position | None,
    strawberry.argument(description="日志条数，默认到最后的检查点 · Of how many entries; those of the last checkpoint"),
]
Known = Annotated[Position, strawberry.argument(description="此前的条数 · How many entries were known")]
Behind = Annotated[
    Position | None,
    strawberry.argument(description="在此位置之后，默认从头开始 · Behind this position; from the beginning"),
]
Upto = Annotated[Position, strawberry.argument(description="到此位置为止 · Up to this position")]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]


@strawberry.type(description="检查点：对日志前若干条的签名声明 · A signed statement about the first entries of the log")
class Checkpoint:
    """A signed statement about the first entries of the log."""

    origin: str = described("来源中枢", "Which hub's log")
    size: Position = described("覆盖条数", "Over how many entries")
    root: str = described("默克尔根（十六进制）", "The Merkle root, in hexadecimal digits")
    at: datetime = described("最后一条的时间", "When the last of them was written")
    note: str = described("带签名的全文，供他人留存", "The whole note with its signatures, for others to keep (C2SP)")

    @classmethod
    def of(cls, checkpoint: registry.Checkpoint | None) -> Self | None:
        """The schema's object, where there is a checkpoint."""
        if checkpoint is None:
            return None
        return cls(
            origin=checkpoint.origin,
            size=Position(checkpoint.size),
            root=checkpoint.root,
            at=checkpoint.at,
            note=checkpoint.note,
        )


@strawberry.type(description="条目在日志中的证明 · That an entry is in the log (RFC 6962)")
class LogProof:
    """That an entry is in the log."""

    entry: LogEntry = described("日志条目", "The entry")
    leaf: str = described("默克尔叶", "Its Merkle leaf")
    position: Position = described("位置", "Its position")
    size: Position = described("日志条数", "Of how many entries the tree is")
    root: str = described("默克尔根", "The tree's root")
    hashes: list[str] = described("从叶到根的哈希", "What leads from the leaf to the root")
    checkpoint: Checkpoint | None = described(
        "为根作保的检查点", "Vouches for the root, where one of that size is kept"
    )
    document: str | None = described("校验程序所读的证明", "The proof as the verifier of logs reads it")

    @classmethod
    def of(cls, proof: platform.InclusionProof) -> Self:
        """The schema's object for a proof."""
        return cls(
            entry=LogEntry.of(proof.entry),
            leaf=proof.leaf,
            position=Position(proof.position),
            size=Position(proof.size),
            root=proof.root,
            hashes=proof.hashes,
            checkpoint=Checkpoint.of(proof.checkpoint),
            document=document_of(proof),
        )


@strawberry.type(description="日志只增不改的证明 · That the log has only grown (RFC 6962)")
class LogConsistency:
    """That the log has only grown."""

    first: Position = described("此前的条数", "How many entries were known")
    second: Position = described("如今的条数", "How many there are")
    first_root: str = described("此前的根", "The root over the first")
    second_root: str = described("如今的根", "The root over the second")
    hashes: list[str] = described("由前根到后根的哈希", "What leads from the one root to the other")
    checkpoint: Checkpoint | None = described("为后根作保的检查点", "Vouches for the second root, where it is kept")
    document: str | None = described("校验程序所读的证明", "The proof as the verifier of logs reads it")

    @classmethod
    def of(cls, proof: platform.ConsistencyProof) -> Self:
        """The schema's object for a proof."""
        return cls(
            first=Position(proof.first),
            second=Position(proof.second),
            first_root=proof.first_root,
            second_root=proof.second_root,
            hashes=proof.hashes,
            checkpoint=Checkpoint.of(proof.checkpoint),
            document=document_of(proof),
        )


@strawberry.type(description="日志导出的一段 · A piece of an export of the log")
class LogExport:
    """A piece of an export; with all others, line by line, it is the file that the verifier of logs reads."""

    lines: list[str] = described("导出文件的行", "Lines of the file; the piece behind 0 begins with the checkpoints")
    entries: int = described("条目数", "How many entries they hold")
    size: Position = described("导出的总条数", "Where the export ends; name it for all further pieces")
    compacted: Position = described(
        "正文已清除到的位置；变动则须重新导出", "Up to where bodies are dropped; when it moves, begin anew"
    )


@strawberry.type(description="日志压缩的结果 · What was dropped from the log")
class CompactedLog:
    """What was dropped from the log."""

    upto: Position = described("正文已清除到的位置", "Up to where bodies are dropped now")
    dropped: int = described("本次清除的条数", "How many bodies this call dropped")


@strawberry.type
class LogQuery:
    """What can be asked about the log as evidence."""

    @resolved(
        "最后的检查点", "The last checkpoint of the log, for everybody who is known; null while nothing is signed"
    )
    async def checkpoint(self, info: Info) -> Checkpoint | None:
        """The last checkpoint."""
        return Checkpoint.of(await info.context.ask(lambda session: session.audit.checkpoint()))

    @resolved("条目在日志中的证明，限可审计部分", "The proof that an entry which you may audit is in the log")
    async def log_proof(self, info: Info, position: At, size: Size = None) -> LogProof | None:
        """The proof of an entry."""
        return LogProof.of(await info.context.ask(lambda session: session.audit.inclusion(position, size)))

    @resolved("日志只增不改的证明", "The proof that the log has only grown since it had a size")
    async def log_consistency(self, info: Info, first: Known, second: Size = None) -> LogConsistency | None:
        """The proof that the log has only grown."""
        return LogConsistency.of(await info.context.ask(lambda session: session.audit.consistency(first, second)))

    @resolved("日志导出，须有顶级机构的审计权限", "The log for its verifier; asks `audit` at the top of the tree")
    async def log_export(
        self, info: Info, after: Behind = None, first: First = None, size: Size = None
    ) -> LogExport | None:
        """A piece of an export."""
        most = page_size(first)
        behind = after or 0
        page = await info.context.ask(lambda session: session.audit.export(after=behind, first=most, size=size))
        info.context.spend(len(page.entries))
        return LogExport(
            lines=[line.decode() for line in export_lines(page)],
            entries=len(page.entries),
            size=Position(page.size),
            compacted=Position(page.compacted),
        )


@strawberry.type
class LogMutation:
    """What can be done to the log itself."""

    @resolved("清除条目正文（不可恢复），头部与叶保留", "Drop the bodies of entries for good; headers and leaves stay")
    async def compact_log(
        self, info: Info, upto: Upto, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> CompactedLog:
        """Drop bodies."""
        await info.context.forget()
        call = info.context.call(request_id, validate_only)
        done = await info.context.platform.log.compact(call, upto)
        return CompactedLog(upto=Position(done.upto), dropped=done.dropped)
