"""What scripts/audits fetches for one test, and what it says where that cannot be had."""

import json
import os
import shutil
import subprocess

import pytest

TOOLS = ("bash", "cmp", "cp", "dirname", "ln", "mkdir", "mv", "rm")


@pytest.fixture
def checkout(workspace, tmp_path):
    """A copy of the script and of what it installs, with a few tools of the system and nothing else."""
    for name in ("scripts/audits", "tests/http/audits/package.json", "tests/http/audits/package-lock.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(workspace / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def stand_in(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


def run(checkout):
    env = {**os.environ, "PATH": str(checkout / "bin")}
    return subprocess.run(
        [checkout / "bin" / "bash", "scripts/audits"],
        cwd=checkout,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("at_hand", ["nothing", "an old Node.js", "a Node.js and no way to fetch"])
def test_what_cannot_be_fetched_is_said_and_fails_nothing(checkout, at_hand):
    stand_in(checkout / ".venv" / "bin" / "python", "exit 1")
    if at_hand != "nothing":
        stand_in(checkout / "bin" / "node", f"exit {int(at_hand == 'an old Node.js')}")
        stand_in(checkout / "bin" / "npm", "exit 1")
    result = run(checkout)
    assert result.returncode == 0
    assert "Skipped: the audits of GraphQL over HTTP" in result.stderr
    assert list((checkout / "build").iterdir()) == []


def test_what_is_there_is_not_fetched_again(checkout):
    stand_in(checkout / "bin" / "node", "exit 0")
    stand_in(checkout / "bin" / "npm", "exit 0")
    assert "Installing" in run(checkout).stdout
    (checkout / "bin" / "npm").unlink()
    result = run(checkout)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_audits_are_locked_by_their_hashes_and_without_an_address(workspace):
    lock = json.loads((workspace / "tests/http/audits/package-lock.json").read_text("utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages)
