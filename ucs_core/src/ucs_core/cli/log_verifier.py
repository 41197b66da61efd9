"""Verifies a log of UCS, or a proof about it, without asking the platform that wrote it.

    python log_verifier.py FILE --key VKEY [--key VKEY …] [--seen NOTES …] [--language en|zh]

FILE is what `ucs log export` or `ucs log prove` wrote. A key is a line `name+id+base64` that came from the operator by
another way than FILE did. NOTES are checkpoints that somebody kept: what they cover must still be the beginning of the log.
It exits with 0 when all is as it should be, with 1 at the first thing that is not, with 2 when it could not begin. It needs
Python 3.9 and the library `cryptography`, and nothing of UCS. Formats: docs/verifying-the-log.md; RFC 6962 §2.1; C2SP
signed-note and tlog-checkpoint.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EXPORT, INCLUSION, CONSISTENCY = (f"ucs-log-{kind}/1" for kind in ("export", "inclusion", "consistency"))
LINE_MOST = 64 * 1024 * 1024  # Longer lines are taken for several, and found wrong.
Said = tuple[str, str]  # One thing in English and in Chinese.


class Wrong(Exception):
    """What is not as it should be, in English and in Chinese; `code` is what the program exits with."""

    code = 1


class Unusable(Wrong):
    """Why the verification could not begin."""

    code = 2


class Key(NamedTuple):
    """A verification key; `id` are the four bytes by which a signature names it."""

    name: str
    id: bytes
    public: Ed25519PublicKey

    @classmethod
    def of(cls, vkey: str) -> Key:
        """The key of a line `name+id+base64`. Raises ValueError when it is none."""
        name, id, coded = vkey.strip().split("+", 2)
        raw = _decoded(coded, 33)
        if raw[0] != 1 or hashlib.sha256(f"{name}\n".encode() + raw).digest()[:4].hex() != id:
            raise ValueError("no Ed25519 key")
        return cls(name, bytes.fromhex(id), Ed25519PublicKey.from_public_bytes(raw[1:]))

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}"


class Note(NamedTuple):
    """A checkpoint: what it says, and who says so."""

    origin: str
    size: int
    root: bytes
    at: str
    text: bytes
    signatures: list[tuple[str, bytes]]

    @classmethod
    def of(cls, text: str) -> Note:
        """The checkpoint of a signed note. Raises ValueError when it is none."""
        said, _, signed = text.partition("\n\n")
        origin, size, root, *more = said.split("\n")
        parts = [line.split(" ") for line in signed.split("\n")]
        if parts.pop() != [""] or not 0 < len(parts) < 100 or str(int(size)) != size or int(size) < 0 or not origin:
            raise ValueError("no checkpoint")
        signatures = [(name, _decoded(blob)) for dash, name, blob in parts if dash == "—"]
        at = next((line[3:] for line in more if line.startswith("at ")), "?")
        return cls(origin, int(size), _decoded(root, 32), at, f"{said}\n".encode(), signatures)

    def signer(self, keys: Iterable[Key]) -> Key | None:
        """The first of the keys of this log that signed it, if any. Raises Wrong for a signature that was forged."""
        signed = {(name, blob[:4]): blob[4:] for name, blob in self.signatures if name == self.origin}
        for key in keys:
            if (key.name, key.id) in signed:
                try:
                    key.public.verify(signed[key.name, key.id], self.text)
                except InvalidSignature:
                    said = f"The checkpoint over {self.size} entries has a forged signature of {key}."
                    raise Wrong(said, f"覆盖 {self.size} 条的检查点带有 {key} 的伪造签名。") from None
                return key
        return None


def notes_of(text: str) -> Iterator[Note]:
    """The checkpoints that stand one behind the other in a file. Raises ValueError."""
    held: list[str] = []
    for line in [*text.split("\n"), ""]:
        if held and held[-1].startswith("— ") and not line.startswith("— "):
            yield Note.of("\n".join([*held, ""]))
            held = []
        if held or line:
            held.append(line)
    if held:
        raise ValueError("no whole note")


def canonical(value: object) -> bytes:
    """The one way to write a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def line_of(raw: bytes, where: Said) -> dict[str, Any]:
    """The JSON object of a line, which must be written in the one way: nothing twice, nothing between."""
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(raw)
        if isinstance(value, dict) and canonical(value) + b"\n" == raw:
            return value
    raise Wrong(f"{where[0]} is not one JSON object, canonically written.", f"{where[1]}不是规范书写的 JSON 对象。")


def _decoded(text: str, size: int | None = None) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if size not in (None, len(raw)) or base64.b64encode(raw).decode() != text:
        raise ValueError("no canonical base64")
    return raw


def _digest(text: object) -> bytes:
    if not isinstance(text, str) or len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise ValueError("no digest")
    return bytes.fromhex(text)


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The Merkle tree over the leaves so far, kept as the roots of its complete subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Put a leaf behind the others."""
        full = self.size
        self.size += 1
        while full & 1:
            leaf = node(self._roots.pop(), leaf)
            full >>= 1
        self._roots.append(leaf)

    def root(self) -> bytes:
        """The hash over all leaves."""
        whole = self._roots[-1] if self._roots else hashlib.sha256().digest()
        for left in self._roots[-2::-1]:
            whole = node(left, whole)
        return whole


def walk(index: int, last: int, start: bytes, proof: Iterable[bytes]) -> tuple[bytes, bytes]:
    """Where a proof leads from a subtree: over what stands up to it, and over all (RFC 9162 §2.1.3.2 and §2.1.4.2).

    Raises ValueError for a proof that is too long or too short.
    """
    old = new = start
    for step in proof:
        if not last:
            raise ValueError("too long")
        if index & 1 or index == last:
            old, new = node(step, old), node(step, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = node(new, step)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("too short")
    return old, new


class Entry(NamedTuple):
    """An entry whose header, leaf and body fit each other. The header is None where it is withheld."""

    leaf: bytes
    header: dict[str, Any] | None
    body: str | None
    withheld: bool

    def told(self, verb: str, field: str) -> object:
        """A field of the body, where this is an accepted entry of a verb."""
        header = self.header or {}
        if (header.get("verb"), header.get("outcome")) != (verb, "accepted") or self.body is None:
            return None
        with contextlib.suppress(ValueError, RecursionError, AttributeError):
            return json.loads(self.body).get(field)
        return None


def entry_of(line: dict[str, Any], position: int) -> Entry:
    """The entry of a line that should stand at a position. Raises Wrong."""
    try:
        problem = _problem(line, position)
    except (ValueError, TypeError, KeyError, AttributeError):
        problem = "a field is missing or is not what it should be", "字段缺失或类型不符"
    if problem is not None:
        raise Wrong(f"Entry {position}: {problem[0]}.", f"第 {position} 条：{problem[1]}。")
    return Entry(_digest(line["leaf"]), line["header"], line["body"], "withheld" in line)


def _problem(line: dict[str, Any], position: int) -> Said | None:
    header, leaf, body, salt = line["header"], _digest(line["leaf"]), line["body"], line["salt"]
    withheld = line.get("withheld", False)
    if len(line) != 4 + ("withheld" in line) or withheld is not ("withheld" in line):
        return "it has fields that no entry has", "有多余的字段"
    if header is not None or not withheld:
        if type(header["position"]) is not int or header["position"] != position:
            return f"here stands position {header['position']!r:.20}", f"此处的位置是 {header['position']!r:.20}"
        if header["format"] != 1:
            return "its format is not known; a newer verifier may know it", "格式未知，请使用新版校验程序"
        if hashlib.sha256(b"\x00" + canonical(header)).digest() != leaf:
            return "its header and its leaf do not fit: one was changed", "头部与叶值不符：其一被改动"
    if (body is None) != (salt is None) or (withheld and body is not None):
        return "body and salt are not both there, or both not", "正文与盐不成对"
    if body is not None and hashlib.sha256(bytes.fromhex(salt) + body.encode()).hexdigest() != header["body_digest"]:
        return "its body is not the one of the header: it was changed", "正文与头部的摘要不符：已被改动"
    return None


class Export:
    """The check of an export, entry by entry, in memory that does not grow with it."""

    def __init__(self, head: dict[str, Any], keys: Sequence[Key], seen: Sequence[Note]) -> None:
        own = _own_notes(head)
        self._last, self._keys, self._offered = own[-1], list(keys), list[Key]()
        self._tree = Tree()
        self._signer: Key | None = None
        self._bodies = self._dropped = self._gone = self._compacted = self._withheld = self._unsigned = 0
        self._due: dict[int, list[tuple[Note, bool]]] = {}
        for note, kept in [*((note, True) for note in seen), *((note, False) for note in own)]:
            if note.origin != own[-1].origin:
                raise Wrong(f"A checkpoint is of another log, {note.origin!r}.", f"检查点属于另一日志 {note.origin}。")
            if note.size > self._last.size:
                said = f"{note.size} entries were seen, {self._last.size} are here: the log was cut off or rolled back."
                raise Wrong(said, f"此前已有 {note.size} 条，而本日志止于 {self._last.size}：日志被截断或回滚。")
            self._due.setdefault(note.size, []).append((note, kept))

    def run(self, lines: Iterable[bytes]) -> list[Said]:
        """What was checked. Raises Wrong for the first thing that is wrong."""
        self._meet()
        for raw in lines:
            position = self._tree.size + 1
            if position > self._last.size:
                raise Wrong(f"Line {position + 1} is beyond the last checkpoint.", f"第 {position + 1} 行超出检查点。")
            entry = entry_of(line_of(raw, (f"The line of entry {position}", f"第 {position} 条所在行")), position)
            self._count(entry, position)
            self._tree.add(entry.leaf)
            self._meet()
        size, signer, last = self._tree.size, self._signer, self._last
        if size < last.size:
            raise Wrong(f"Only {size} of {last.size} entries are here.", f"{last.size} 条中只有 {size} 条：被截断。")
        if signer is None:
            raise Wrong("No key that you trust has signed the last checkpoint.", "最后的检查点没有您信任的密钥的签名。")
        if self._gone > self._compacted:
            said = f"Entry {self._gone}: its body is gone, and no logged compaction dropped it."
            raise Wrong(said, f"第 {self._gone} 条：正文缺失，且没有压缩记录可以说明。")
        return [
            (f"All is well: {size} entries of {last.origin}.", f"校验通过：{last.origin} 的 {size} 条日志。"),
            (f"root {last.root.hex()}", f"根 {last.root.hex()}"),
            (f"signed by {signer} at {last.at}", f"签名 {signer}，时间 {last.at}"),
            (f"bodies checked {self._bodies}, dropped {self._dropped}, withheld {self._withheld}",
             f"正文：已校验 {self._bodies}，已清除 {self._dropped}，已隐去 {self._withheld}"),
            (f"earlier checkpoints without a signature that you trust: {self._unsigned}; their roots agree",
             f"无受信签名的较早检查点：{self._unsigned} 个，根均一致"),
        ][: 5 if self._unsigned else 4]  # fmt: skip

    def _count(self, entry: Entry, position: int) -> None:
        """Count the body, and take note of compactions and of new keys."""
        self._bodies += entry.body is not None
        self._withheld += entry.withheld
        if entry.body is None and not entry.withheld:
            self._dropped, self._gone = self._dropped + 1, position
        upto, vkey = entry.told("log.compact", "upto"), entry.told("log.rotate_key", "verification_key")
        if type(upto) is int:
            self._compacted = max(self._compacted, min(upto, position - 1))
        if vkey is not None:
            with contextlib.suppress(ValueError):
                self._offered.append(Key.of(str(vkey)))

    def _meet(self) -> None:
        """Compare the tree with the checkpoints of its size; what a trusted key signed makes the new keys below trusted."""
        size = self._tree.size
        for note, kept in self._due.pop(size, ()):
            signer = note.signer(self._keys)
            if self._tree.root() != note.root:
                whose = ("seen earlier", "此前") if kept else ("of the export", "导出")
                said = f"The first {size} entries do not have the root of the checkpoint {whose[0]}: they were changed."
                raise Wrong(said, f"前 {size} 条的根与{whose[1]}的检查点不符：日志被改写。")
            if signer is None:
                self._unsigned += note is not self._last
            else:
                self._keys, self._offered = self._keys + self._offered, []
            self._signer = signer if note is self._last else self._signer


def _own_notes(head: dict[str, Any]) -> list[Note]:
    with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
        notes = [Note.of(text) for text in head["checkpoints"]]
        sizes = [note.size for note in notes]
        if sizes == sorted(set(sizes)) and notes and head["origin"] == notes[-1].origin:
            return notes
    raise Wrong("The first line has no checkpoints in order.", "首行没有依次排列的检查点。")


def check_proof(proof: dict[str, Any], keys: Sequence[Key], seen: Sequence[Note]) -> list[Said]:
    """What a proof of inclusion or of consistency shows. Raises Wrong, or Unusable without the checkpoint that it needs."""
    try:
        note, hashes = Note.of(proof["checkpoint"]), [_digest(item) for item in proof["hashes"]]
        start = proof["position" if proof["format"] == INCLUSION else "first"]
        if type(start) is not int or not 1 <= start <= note.size:
            raise ValueError("beyond the checkpoint")
        if proof["format"] == INCLUSION:
            holds = walk(start - 1, note.size - 1, entry_of(proof["entry"], start).leaf, hashes)[1] == note.root
            shows = f"Entry {start} is in the log.", f"第 {start} 条确在日志中。"
        else:
            old = next((item.root for item in seen if (item.size, item.origin) == (start, note.origin)), None)
            if old is None:
                raise Unusable(
                    f"--seen must name a checkpoint over {start} entries.", f"请用 --seen 给出 {start} 条的检查点。"
                )
            holds = _continues(start, note.size, old, hashes) == (old, note.root)
            shows = f"The log still begins with the {start} entries seen.", f"日志仍以此前的 {start} 条开头。"
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Wrong("The proof is not whole, or not of its checkpoint.", "证明不完整，或与其检查点不符。") from None
    if not holds:
        raise Wrong("The proof does not lead to the root of its checkpoint.", "证明推导不出检查点的根。")
    signer = note.signer(keys)
    if signer is None:
        raise Wrong("No key that you trust has signed the checkpoint.", "检查点没有您信任的密钥的签名。")
    said = f"signed by {signer} at {note.at}, over {note.size} entries"
    return [shows, (said, f"签名 {signer}，时间 {note.at}，覆盖 {note.size} 条")]


def _continues(first: int, second: int, old: bytes, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    index, last = (first - 1, second - 1) if first < second else (0, 0)
    while index & 1:
        index, last = index >> 1, last >> 1
    start, *rest = hashes if index else [old, *hashes]
    return walk(index, last, start, rest)


def verify(file: str, keys: Sequence[str], seen: Sequence[str]) -> list[Said]:
    """What was checked of a file. Raises Wrong for the first thing that is wrong, Unusable when it could not begin."""
    try:
        trusted = [Key.of(key) for key in keys]
        known = [note for path in seen for note in notes_of(Path(path).read_text("utf-8"))]
        with Path(file).open("rb") as opened:
            lines = iter(lambda: opened.readline(LINE_MOST), b"")
            head = line_of(next(lines, b""), ("The first line", "首行"))
            if head.get("format") in (INCLUSION, CONSISTENCY):
                return check_proof(head, trusted, known)
            if head.get("format") != EXPORT:
                raise Wrong("This is no export and no proof of a log of UCS.", "这不是 UCS 日志的导出或证明。")
            return Export(head, trusted, known).run(lines)
    except OSError as cause:
        raise Unusable(*(f"{cause.filename}: {cause.strerror}",) * 2) from cause
    except ValueError as cause:
        raise Unusable("A key or a checkpoint that was given is none.", "所给的密钥或检查点无效。") from cause


def main(words: Sequence[str] | None = None, tell: Callable[[str], object] = print) -> int:
    """Verify a file as the command line says, and tell what was found."""
    options = argparse.ArgumentParser(description="Verify a log of UCS. 校验 UCS 日志。")
    options.add_argument("file", help="the export or proof 导出或证明文件")
    options.add_argument("--key", action="append", required=True, metavar="VKEY", help="a key that you trust 受信密钥")
    options.add_argument("--seen", action="append", default=[], metavar="NOTES", help="checkpoints kept 此前的检查点")
    named = next(filter(None, map(os.environ.get, ("UCS_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG"))), "")
    options.add_argument("--language", choices=("en", "zh"), default="zh" if named.startswith("zh") else "en")
    given = options.parse_args(words)
    try:
        found, code = verify(given.file, given.key, given.seen), 0
    except Wrong as end:
        found, code = [end.args], end.code
    tell("\n".join(said[given.language == "zh"] for said in found))
    return code


if __name__ == "__main__":
    sys.exit(main())
