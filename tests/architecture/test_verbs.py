"""The verbs of the workspace: what `make help` lists, what `setup` says to an old Python, when the gate closes."""

import os
import re
import shutil
import subprocess

import pytest

VERBS = {"setup", "demo", "serve", "test", "check", "bench", "proto"}


def sh(*command, cwd, **more):
    # The tests may run under make themselves, which would speak through the environment.
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")} | more
    return subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def test_help_lists_the_verbs_and_fits_a_screen(workspace):
    lines = sh("make", "help", cwd=workspace).stdout.splitlines()
    assert {match[1] for line in lines if (match := re.match(r"  make (\w+) ", line))} >= VERBS
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 120


@pytest.fixture
def checkout(workspace, tmp_path):
    """A copy of the scripts, with stand-ins for make and Python."""
    for name in (".ci/run", "scripts/setup", "requirements.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(workspace / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    return tmp_path


def stand_in(checkout, name, text):
    program = checkout / "bin" / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)


def only_old_pythons(checkout):
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        stand_in(checkout, name, '[ "$1" = --version ] && echo Python 3.9.2 && exit 0; exit 1')


def test_setup_says_that_the_python_is_too_old(checkout):
    only_old_pythons(checkout)
    result = sh("scripts/setup", cwd=checkout, PATH=f"{checkout / 'bin'}:/usr/bin:/bin")
    assert result.returncode != 0
    assert "UCS needs Python 3.11 or newer" in result.stdout
    assert "python3 (Python 3.9.2)" in result.stdout
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("test", "check", "closes"),
    [("true", "true", False), ("false", "true", True), ("true", "false", True), ("false", "false", True)],
)
def test_the_gate_opens_only_when_tests_and_checks_pass(checkout, test, check, closes):
    summary = "======== 7 passed, 1 skipped in 3.21s ========"
    (checkout / "Makefile").write_text(f"test:\n\t@echo '{summary}'; {test}\ncheck:\n\t@echo checked; {check}\n")
    result = sh("bash", ".ci/run", cwd=checkout)
    assert (result.returncode != 0) is closes
    assert (result.stdout.splitlines()[-1] == summary) is not closes
