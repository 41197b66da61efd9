"""A new plugin: the same files by `ucs plugin new` and by cookiecutter, a green test, and the tier bronze."""

import json
import subprocess
import sys

import pytest
from cookiecutter.main import cookiecutter

from ucs_sdk.authoring.check import check
from ucs_sdk.authoring.new import ROOT, make, template_of
from ucs_sdk.authoring.quality import Tier
from ucs_sdk.authoring.verbs import KINDS
from ucs_sdk.errors import UcsError
from ucs_sdk.hookspecs import API_LEVEL
from ucs_sdk.launcher import main
from ucs_sdk.plugins import find_in_folder, read_manifest

FILES = {
    "README.md",
    "pyproject.toml",
    "quality.yaml",
    "src/ucs_capability_gauge_two/__init__.py",
    "src/ucs_capability_gauge_two/plugin.toml",
    "tests/test_gauge_two.py",
}
READ = ["src/ucs_capability_gauge_two/__init__.py", "tests/test_gauge_two.py"]
"""What its author reads; the first is the one to edit."""

LINES_MOST = 40


def texts(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(params=KINDS)
def made(request, tmp_path):
    return make("gauge_two", request.param, tmp_path).folder


def test_a_new_plugin_has_just_these_files(made):
    assert texts(made).keys() == FILES
    assert not any("cookiecutter" in name or "cookiecutter" in text for name, text in texts(made).items())


@pytest.mark.parametrize("kind", KINDS)
def test_cookiecutter_makes_the_same(kind, tmp_path):
    made = make("gauge_two", kind, tmp_path / "ours")
    config = tmp_path / "config.yaml"
    config.write_text(f"cookiecutters_dir: {tmp_path / 'kept'}\nreplay_dir: {tmp_path / 'replay'}\n")
    theirs = cookiecutter(
        str(template_of(kind)),
        no_input=True,
        extra_context={"name": "gauge_two"},
        output_dir=str(tmp_path / "theirs"),
        config_file=str(config),
    )
    assert texts(made.folder) == texts(tmp_path / "theirs" / "gauge_two")
    assert theirs.endswith("gauge_two")


def test_there_is_little_to_read(made):
    assert sum(len((made / name).read_text("utf-8").splitlines()) for name in READ) <= LINES_MOST
    code = next(line for line in (made / "README.md").read_text("utf-8").splitlines() if "edit" in line)
    assert READ[0] in code


def test_it_is_written_for_the_level_of_this_sdk(made):
    assert read_manifest(find_in_folder(made)).api_level == API_LEVEL


def test_it_holds_bronze_and_more_and_says_bronze(made):
    verdict = check(made)
    assert verdict.holds
    assert verdict.declared is Tier.BRONZE
    assert verdict.reached >= Tier.GOLD


def test_its_test_is_green(made):
    assert main(["plugin", "test", str(made)]) == 0
    assert not list(made.rglob("__pycache__"))


@pytest.fixture
def operation(tmp_path):
    return make("gauge_two", "operation", tmp_path).folder


def test_its_test_can_fail(operation, capfd):
    test = operation / "tests" / "test_gauge_two.py"
    test.write_text(test.read_text("utf-8").replace("暴雨", "小雨"), "utf-8")
    assert main(["plugin", "test", str(operation)]) == 1
    assert "1 failed" in capfd.readouterr().out


def test_a_folder_without_tests_is_no_green_test(operation, capfd):
    (operation / "tests" / "test_gauge_two.py").unlink()
    assert main(["plugin", "test", str(operation)]) != 0
    assert "tests/test_" in capfd.readouterr().err


def test_it_is_well_written(made):
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--isolated", "--select", "E,F,UP,B,SIM"]
    result = subprocess.run([*ruff, "--line-length", "120", made], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_holds_no_placeholder_but_the_name(kind):
    template = template_of(kind)
    assert json.loads((template / "cookiecutter.json").read_text("utf-8")).keys() == {"name"}
    for name, text in texts(template / ROOT).items():
        for part in (name, text):
            assert "{{" not in part.replace("{{cookiecutter.name}}", "")
            assert "{%" not in part


@pytest.mark.parametrize(
    ("name", "near"), [("Flood-Watch", "flood_watch"), ("9lives", "lives"), ("x", None), ("a__b", "a_b")]
)
def test_a_name_that_cannot_be_is_told_with_a_near_one(name, near, tmp_path):
    with pytest.raises(UcsError) as caught:
        make(name, "operation", tmp_path)
    assert (caught.value.reason, caught.value.fields["near"]) == ("PLUGIN_NAME_INVALID", near)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / "pump").mkdir()
    (tmp_path / "pump" / "mine").write_text("kept")
    with pytest.raises(UcsError) as caught:
        make("pump", "operation", tmp_path)
    assert caught.value.reason == "FOLDER_TAKEN"
    assert texts(tmp_path) == {"pump/mine": "kept"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["new"], 2, "NAME"),
        (["new", "a", "b"], 2, "NAME"),
        (["new", "pump", "--kind", "orchestra"], 2, "operation, event"),
        (["new", "pump", "--knid", "event"], 2, "Did you mean --kind?"),
        (["new", "pump", "--output"], 2, "needs a value"),
        (["chekc", "."], 2, "Did you mean check?"),
        (["check", "no-such-folder"], 1, "pyproject.toml"),
        (["docs", "no-such-folder"], 1, "pyproject.toml"),
    ],
)
def test_a_slip_at_the_keyboard_is_told(words, code, said, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UCS_LOCALE", "en")
    assert main(["plugin", *words]) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("words", [[], ["new", "--help"], ["check", "--help"], ["docs", "-h"], ["test", "--help"]])
def test_help_is_there_in_both_languages(words, locale, capsys, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", locale)
    assert main(["plugin", *words]) == 0
    assert ("用法" in capsys.readouterr().out) is (locale == "zh")
