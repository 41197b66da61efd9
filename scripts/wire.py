"""Generates the wire's Python from its .proto files, or checks that the checked-in code is what they generate.

`wire.py` lints proto/**/*.proto with buf, holds them to the released wire, and writes proto/src; `wire.py --check` writes
nothing and fails on a difference. `wire.py --release` makes the wire as it now is the released one. `--root` names another
workspace.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc_tools

RELEASED = "released/ucs.binpb"
"""What others speak already, as a buf image: the wire may grow beyond it, and takes nothing of it back."""

GENERATED = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")


def main() -> int:
    """Return 0 when all is well, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--release", action="store_true", help="make the wire as it is the released one")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent)
    options = parser.parse_args()
    wire: Path = options.root / "proto"
    sources = sorted((wire / "ucs").rglob("*.proto"))
    if not sources:
        print("There are no .proto files yet.")
        return 0
    # buf and protoc find their plugins beside the Python that runs this.
    tools = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    released = wire / RELEASED
    if options.release:
        image = ["buf", "build", str(wire), "--exclude-source-info", "--output", str(released)]
        released.parent.mkdir(exist_ok=True)
        return subprocess.run(image, env=tools, check=False).returncode
    if subprocess.run(["buf", "lint", str(wire)], env=tools, check=False).returncode:
        return 1
    breaking = ["buf", "breaking", str(wire), "--against", str(released)]
    if released.exists() and subprocess.run(breaking, env=tools, check=False).returncode:
        print(f"This takes back what proto/{RELEASED} promises to those who speak it. See CONTRIBUTING.md, The wire.")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(_protoc(wire, sources, scratch), env=tools, check=True)
        fresh, kept = _read(Path(scratch)), _read(wire / "src")
    stale = sorted(name for name in fresh.keys() | kept.keys() if fresh.get(name) != kept.get(name))
    for name in stale:
        print(f"proto/src/{name} {'differs from' if options.check else 'renewed from'} its .proto file")
        if not options.check:
            _write(wire / "src" / name, fresh.get(name))
    if stale and options.check:
        print("Generated code is never edited. Run: make proto")
    return 1 if stale and options.check else 0


def _protoc(wire: Path, sources: list[Path], out: str) -> list[str]:
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    outputs = [
        f"--python_out={out}",
        f"--grpc_python_out={out}",
        f"--mypy_out=quiet:{out}",
        f"--mypy_grpc_out=quiet:{out}",
    ]
    names = [str(source.relative_to(wire)) for source in sources]
    return [sys.executable, "-m", "grpc_tools.protoc", f"-I{wire}", f"-I{well_known}", *outputs, *names]


def _read(folder: Path) -> dict[str, bytes]:
    found = (path for pattern in GENERATED for path in folder.rglob(pattern))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _write(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
