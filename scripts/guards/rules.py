"""Repository rules: what no file here may hold, and how long files and functions may grow.

`python -m guards.rules ROOT` prints every finding and fails when there is one. The exceptions for long files stand in
pyproject.toml under `[tool.ucs.long-files]`, each with a ceiling and a reason; the list only shrinks.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

FILE_MOST, FUNCTION_MOST, FUNCTION_P90 = 400, 60, 30

SKIPPED = {"build", "dist", "var", "node_modules", "__pycache__"}
GENERATED = ("proto/src/",)
MEASURED = {".py", ".proto", ".md", ".sh", ".ts", ".tsx"}

# In pieces, or this file would break its own rule.
REGISTRIES = (
    "py" + "pi",
    "python" + "hosted",
    "npm" + "js",
    "npm" + "mirror",
    "yarn" + "pkg",
    "crates",
    "ghcr",
    "quay",
)

FORBIDDEN_TEXT: Mapping[str, re.Pattern[str]] = {
    "the host of a package registry": re.compile(
        rf"\b(?:{'|'.join(REGISTRIES)})\.(?:org|com|io)\b|\b(?:mirrors?|{REGISTRIES[0]})\.[a-z0-9-]+\.(?:edu\.cn|com|cn)\b"
    ),
    "a path of one machine": re.compile(
        r"(?<![\w.~:/-])/(?:work|root|home/\w+|Users/\w+)(?=/|[\s\"'`]|$)", re.MULTILINE
    ),
    "a secret": re.compile(
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}|\bxox[abpr]-\w{10,}"
        r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"
    ),
}

BLANKET = re.compile(
    r"#\s*(?:noqa(?!:\s*[A-Z]+\d)|type:\s*ignore(?!\[)|pyright:\s*ignore(?!\[)|(?:ruff|flake8):\s*noqa|mypy:\s*ignore-errors)"
)
SUPPRESSION = re.compile(r"#\s*(?:noqa:\s*[A-Z\d, ]+|type:\s*ignore\[[\w, -]+\])(?P<reason>.*)")
UNFINISHED = re.compile(r"#.*\b(?:TODO|FIXME|XXX)\b")


def files(root: Path) -> Iterator[Path]:
    """The files of a tree, without what is hidden, built or cached; `.ci` counts."""
    for path in sorted(root.iterdir()):
        if path.is_symlink() or path.name in SKIPPED or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            if not path.name.startswith(".") or path.name == ".ci":
                yield from files(path)
        else:
            yield path


def findings(root: Path) -> Iterator[str]:
    """Everything that is wrong in a tree, as lines for people."""
    allowed = _long_files(root)
    lengths: list[int] = []
    for path in files(root):
        name = path.relative_to(root).as_posix()
        if name.endswith("uv.lock"):
            yield f"{name}: requirements.txt is the one lock file"
        text = _text(path)
        if text is None or name.startswith(GENERATED):
            continue
        yield from _forbidden_text(name, text)
        if path.suffix in MEASURED:
            yield from _file_length(name, text, allowed)
        if path.suffix == ".py":
            yield from _comments(name, text)
            for function, length in _functions(text):
                lengths.append(length)
                if length > FUNCTION_MOST:
                    yield f"{name}: {function} has {length} lines, {FUNCTION_MOST} are the most"
    yield from (f"{name}: listed in [tool.ucs.long-files] and not there; strike it" for name in allowed)
    if lengths and (p90 := sorted(lengths)[len(lengths) * 9 // 10]) > FUNCTION_P90:
        yield f"one function in ten has more than {p90} lines; {FUNCTION_P90} are the most"


def _text(path: Path) -> str | None:
    raw = path.read_bytes()
    return None if b"\0" in raw[:8192] else raw.decode("utf-8", errors="replace")


def _forbidden_text(name: str, text: str) -> Iterator[str]:
    for what, pattern in FORBIDDEN_TEXT.items():
        for match in pattern.finditer(text):
            yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: holds {what}"


def _long_files(root: Path) -> dict[str, int]:
    settings = root / "pyproject.toml"
    if not settings.exists():
        return {}
    listed = tomllib.loads(settings.read_text("utf-8")).get("tool", {}).get("ucs", {}).get("long-files", {})
    return {name: entry["lines"] for name, entry in listed.items() if entry["reason"]}


def _file_length(name: str, text: str, allowed: dict[str, int]) -> Iterator[str]:
    lines = text.count("\n")
    ceiling = allowed.pop(name, FILE_MOST)
    if lines > ceiling:
        yield f"{name}: has {lines} lines, {ceiling} are the most"
    elif ceiling > FILE_MOST >= lines:
        yield f"{name}: is short enough by now; strike it from [tool.ucs.long-files]"


def _comments(name: str, text: str) -> Iterator[str]:
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    for line, comment in comments.items():
        if BLANKET.search(comment):
            yield f"{name}:{line}: silences more than it names; give the code"
        elif (match := SUPPRESSION.search(comment)) and not match["reason"].strip() and line - 1 not in comments:
            yield f"{name}:{line}: silences a check without a reason on the line above"
        if UNFINISHED.search(comment):
            yield f"{name}:{line}: marks unfinished work"


def _functions(text: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def main() -> int:
    """Return 1 when anything was found."""
    found = list(findings(Path(sys.argv[1])))
    print("\n".join(found) or "Nothing to object to.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
