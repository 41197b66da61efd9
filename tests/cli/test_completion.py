"""`ucs completion` writes what a shell needs to complete every verb, every option, and the words that options take."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ucs_core.cli import commands
from ucs_core.cli.completion import pages
from ucs_core.cli.shells import WRITERS, bash
from ucs_core.cli.verb import Studied, study
from ucs_sdk.launcher import discover
from ucs_sdk.vocabulary import ResourceKind

TRY = """source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ucs
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """The script for bash, in a file."""
    file = tmp_path_factory.mktemp("bash") / "ucs"
    file.write_text(bash(list(pages())), "utf-8")
    return file


@pytest.fixture
def completed(script):
    """What bash offers for the last of some words."""

    def complete(*words: str) -> list[str]:
        told = subprocess.run(
            ["bash", "--norc", "-c", TRY, "bash", script, *words],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        assert told.stderr == ""
        return told.stdout.split()

    return complete


def test_every_verb_can_be_looked_at_without_being_run():
    for command in commands():
        verbs = study(command.run)
        assert verbs, command.name
        assert all(verb.summary for verb in verbs.values())


def test_a_verb_that_does_not_let_itself_be_looked_at_is_caught():
    with pytest.raises(LookupError):
        study(lambda args: 0)


def test_a_verb_runs_again_once_it_was_looked_at(ucs):
    study(next(command.run for command in commands() if command.name == "doctor"))
    assert ucs("doctor", "--help").code == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("ucs", "expo"), ["export"]),
        (("ucs", "search", "--kind", ""), [kind.value for kind in ResourceKind]),
        (("ucs", "search", "--kind", "in"), ["infrastructure"]),
        (("ucs", "policy", "te"), ["test"]),
        (("ucs", "policy", "diff", "--pr"), ["--prune"]),
        (("ucs", "completion", ""), ["bash", "zsh", "fish"]),
        (("ucs", "completion", "--j"), ["--json"]),
        (("ucs", "export", "--format", "x"), ["xlsx"]),
        (("ucs", "export", "-o", "ci"), []),
        (("ucs", "nonsense", "x"), []),
    ],
)
def test_bash_offers_what_can_follow(completed, words, wanted):
    assert completed(*words) == wanted


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_offers_every_verb(completed):
    assert set(completed("ucs", "")) == {*discover().commands, "--help", "--version"}


@pytest.mark.parametrize("shell", list(WRITERS))
def test_every_shell_is_told_every_option(ucs, shell):
    told = ucs("completion", shell)
    assert (told.code, told.err) == (0, "")
    for page in pages():
        assert page.path[-1] in told.out
        for option in page.options:
            for name in option.names:
                assert (name if shell != "fish" else name.lstrip("-")) in told.out
            for word in option.words:
                assert word in told.out
    assert ucs("completion", shell, "--json").json == {"shell": shell, "script": told.out}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_script_is_one_that_its_shell_reads(ucs, shell, tmp_path):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    file = tmp_path / "ucs"
    file.write_text(ucs("completion", shell).out, "utf-8")
    assert subprocess.run([program, "--no-execute", file], timeout=20, check=False).returncode == 0


def test_a_shell_that_is_not_known_is_guessed(ucs, monkeypatch):
    assert "Did you mean fish?" in ucs("completion", "fsh").err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "您要找的是 fish 吗" in ucs("completion", "fsh").err
    assert "补全脚本" in ucs("completion", "--help").out


def test_what_was_looked_at_is_told_by_name():
    assert Studied({"list": None}).args == ("list",)
