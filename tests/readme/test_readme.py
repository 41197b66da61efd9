"""The README is true: each of its blocks is run, and the Chinese one says the same."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ucs_core.demo.walkthrough import Step, first_missing, steps_of

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
README, README_ZH = ROOT / "README.md", ROOT / "README.zh.md"


def _shell_lines(document):
    blocks = re.findall(r"^```sh\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]


def _environment(tmp_path, **more):
    return {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path / "state"), "UCS_LOCALE": "en", **more}


def test_the_walk_through_runs_as_it_stands(tmp_path):
    done = subprocess.run(
        [BIN / "ucs", "demo", "--check", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"],
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("ok   $ ")]
    assert len(told) == len(steps_of(README.read_text("utf-8"))) > 10


def test_a_step_whose_output_is_not_shown_right_is_noticed():
    shown = ("created", "revision …: Draft")
    assert first_missing(shown, "QD-1: created\n  Offline; revision 1: Draft\n") is None
    assert first_missing(shown, "  revision 1: Draft\nQD-1: created\n") == "revision …: Draft"
    assert first_missing(shown, "QD-1: updated\n") == "created"


def test_both_languages_walk_the_same_way():
    steps = steps_of(README.read_text("utf-8"))
    assert steps
    assert steps_of(README_ZH.read_text("utf-8")) == steps
    assert all(isinstance(step, Step) and step.expected for step in steps)


def test_both_languages_run_the_same_commands():
    assert _shell_lines(README_ZH) == _shell_lines(README)


def test_the_two_commands_exist():
    commands = [line for line in _shell_lines(README) if line.startswith("make ")]
    assert commands == ["make demo", "make test"]
    for command in commands:
        subprocess.run([*command.split(), "-n"], cwd=ROOT, check=True, capture_output=True)


def test_running_it_works_as_written(tmp_path):
    (tmp_path / ".venv").symlink_to(BIN.parent)
    commands = [line for line in _shell_lines(README) if line.startswith((".venv/bin/ucs", "export "))]
    *first, last = [line for line in commands if line.startswith(".venv")]
    assert any(line.startswith("export UCS_DATABASE_URL=") for line in commands)
    environment = _environment(
        tmp_path, UCS_DATABASE_URL=f"sqlite:///{tmp_path}/ucs.db", UCS_HTTP="127.0.0.1:0", UCS_GRPC="127.0.0.1:0"
    )
    for command in first:
        subprocess.run(command.split(), cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert last == ".venv/bin/ucs serve"
    with subprocess.Popen(
        [*last.split(), "--json"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as node:
        assert "127.0.0.1:" in node.stdout.readline()
        node.send_signal(signal.SIGTERM)
        assert node.wait(30) == 0


@pytest.mark.parametrize("document", [README, README_ZH], ids=["en", "zh"])
def test_every_link_leads_somewhere(document):
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text("utf-8"))
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
