"""The `ucs` launcher: verbs from entry points, near misses, two languages, and no tracebacks."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pluggy
import pytest

from ucs_core.cli import commands
from ucs_sdk.commands import Command, CommandGroup, Exit, exit_of, exit_table, spoken_locale
from ucs_sdk.errors import Code, Conflict
from ucs_sdk.launcher import Discovery, discover, main
from ucs_sdk.messages import Locale

HEAVY = (
    "click",
    "rich",
    "typer",
    "pydantic",
    "httpx2",
    "yaml",
    "sqlalchemy",
    "grpc",
    "strawberry",
    "starlette",
    "uvicorn",
)


def verb(name, run=lambda args: 0, group=CommandGroup.OTHER):
    return Command(name=name, summary_en=f"does {name}", summary_zh=f"执行{name}", run=run, group=group)


def healthy():
    return [verb("greet", group=CommandGroup.FIND), verb("search")]


def broken():
    raise RuntimeError("its module is not well")


def leaving():
    raise SystemExit(9)


def strange():
    return ["not a command"]


def rival():
    return [verb("greet"), verb("wave")]


def point(name, function):
    # An entry point is resolved by module and attribute; this module is registered under a name of its own.
    sys.modules["launcher_twins"] = sys.modules[__name__]
    return EntryPoint(name=name, value=f"launcher_twins:{function.__name__}", group="ucs.commands")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from ucs_sdk.launcher import main; main(['--help']); "
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "search" in done.stdout
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_a_heavy_import_in_a_command_module_is_noticed():
    code = (
        "import sys; import click; from ucs_sdk.launcher import main; main(['--help']); "
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr.strip().splitlines()[-1] == "['click']"


def test_help_lists_every_verb_of_the_core_in_both_languages(monkeypatch, capsys):
    # Beside the platform's verbs there is the SDK's own.
    expected = {command.name for command in commands()} | {"plugin"}
    assert {"demo", "serve", "search", "apply", "approve", "doctor"} <= expected
    for locale, usage in (("en", "Usage: ucs"), ("zh", "用法：ucs")):
        monkeypatch.setenv("UCS_LOCALE", locale)
        assert main(["--help"]) == Exit.OK
        printed = capsys.readouterr().out
        assert printed.startswith(usage)
        listed = [line.split()[0] for line in printed.splitlines() if line.startswith("  ")]
        codes = [str(int(code)) for code in Exit]
        assert sorted(listed) == sorted([*expected, *codes])


def test_no_words_at_all_is_help(capsys, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", "en")
    assert main([]) == Exit.OK
    assert capsys.readouterr().out.startswith("Usage: ucs")


def test_help_can_be_read_by_a_machine(capsys):
    assert main(["--help", "--json"]) == Exit.OK
    listed = json.loads(capsys.readouterr().out)["commands"]
    assert {"name", "group", "summary"} == set(listed[0])


def test_help_verb_is_the_verbs_help(capsys):
    seen = []
    known = Discovery({"greet": verb("greet", lambda args: seen.append(list(args)) or 0)}, [])
    assert main(["help", "greet"], known) == Exit.OK
    assert seen == [["--help"]]


def test_version_names_the_rooms(capsys):
    assert main(["--version", "--json"]) == Exit.OK
    assert {"ucs-sdk", "ucs-core", "python"} <= set(json.loads(capsys.readouterr().out))


def test_unknown_verb_is_a_usage_error_with_near_misses(capsys, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", "en")
    assert main(["serch"]) == Exit.USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert "Did you mean search or serve?" in told.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert main(["serch"]) == Exit.USAGE
    assert "。您要找的是 search、serve 吗？" in capsys.readouterr().err


def test_a_broken_entry_point_costs_its_own_verbs_only(capsys, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", "en")
    found = discover(
        [point("a-broken", broken), point("b-leaving", leaving), point("c-strange", strange), point("d", healthy)]
    )
    assert sorted(found.commands) == ["greet", "search"]
    assert [problem.entry_point for problem in found.problems] == ["a-broken", "b-leaving", "c-strange"]
    assert main(["greet"], found) == Exit.OK
    assert main(["--help"], found) == Exit.OK
    assert "'a-broken'" in capsys.readouterr().err


def test_the_first_entry_point_keeps_a_verb_and_the_second_is_reported():
    found = discover([point("z", rival), point("a", healthy)])
    assert found.commands["greet"].group is CommandGroup.FIND
    assert "wave" in found.commands
    assert [problem.entry_point for problem in found.problems] == ["z"]


def test_a_verb_needs_a_name_that_can_be_typed():
    with pytest.raises(ValueError, match="no name for a verb"):
        verb("two words")


def run_one(work):
    return main(["it"], Discovery({"it": verb("it", work)}, []))


def test_a_fault_is_told_without_a_traceback(capsys, monkeypatch):
    monkeypatch.delenv("UCS_TRACEBACK", raising=False)

    def fault(args):
        return 1 / 0

    assert run_one(fault) == Exit.FAULT
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "Traceback" not in told
    monkeypatch.setenv("UCS_TRACEBACK", "1")
    assert run_one(fault) == Exit.FAULT
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_quiet(capsys):
    def interrupted(args):
        raise KeyboardInterrupt

    assert run_one(interrupted) == Exit.INTERRUPTED
    assert capsys.readouterr() == ("", "")


def test_an_error_of_the_platform_is_told_in_the_readers_language(capsys, monkeypatch):
    def stale(args):
        raise Conflict("ETAG_STALE", object="resources/1", sent="v1", current="v2")

    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert run_one(stale) == Exit.CONFLICT
    assert "已被修改" in capsys.readouterr().err


@pytest.mark.parametrize(("leaves", "code"), [(SystemExit(3), 3), (SystemExit(None), 0), (SystemExit("no"), 1)])
def test_a_verb_may_leave_by_itself(leaves, code):
    def leave(args):
        raise leaves

    assert run_one(leave) == code


def test_a_reader_that_goes_away_is_no_fault():
    command = f"{sys.executable} -c 'import sys; from ucs_sdk.launcher import main; sys.exit(main())' --help"
    done = subprocess.run(
        ["/bin/bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"], check=True, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() in {"0", "141"}


def test_the_sdk_alone_answers_and_says_what_is_missing(tmp_path):
    # An interpreter that sees the SDK's sources and pluggy, and no other room; pydantic is not needed to start.
    shutil.copytree(Path(pluggy.__file__).parent, tmp_path / "pluggy")
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p and 'ucs_core' not in p]; "
        f"sys.path[:0] = [{str(sdk_source())!r}, {str(tmp_path)!r}]; "
        "from ucs_sdk.launcher import main; sys.exit(main(['demo']))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-S", "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"UCS_LOCALE": "en"},
    )
    assert done.returncode == Exit.USAGE
    assert "install ucs-sdk[dev]" in done.stderr
    assert "Traceback" not in done.stderr


def sdk_source():
    import ucs_sdk

    return Path(ucs_sdk.__file__).parents[1]


@pytest.mark.parametrize(
    ("environ", "locale"),
    [
        ({}, Locale.EN),
        ({"LANG": "zh_CN.UTF-8"}, Locale.ZH),
        ({"LANG": "C.UTF-8"}, Locale.EN),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, Locale.EN),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "", "LC_MESSAGES": "zh_TW"}, Locale.ZH),
        ({"LANG": "zh_CN.UTF-8", "UCS_LOCALE": "en"}, Locale.EN),
        ({"UCS_LOCALE": "zh-Hans"}, Locale.ZH),
    ],
)
def test_the_language_comes_from_the_environment(environ, locale):
    assert spoken_locale(environ) is locale


def test_every_code_has_one_exit_and_every_exit_a_meaning_in_both_languages():
    assert {exit_of(code) for code in Code} < set(Exit)
    assert exit_of(Code.UNAVAILABLE, "DRAINING") is Exit.LATER
    # The twin: a reason alone says nothing; its code does.
    assert exit_of(Code.DENIED, "DRAINING") is Exit.DENIED
    for locale in Locale:
        assert [code for code, _ in exit_table(locale)] == [int(code) for code in Exit]
    assert all(en != zh for (_, en), (_, zh) in zip(exit_table(Locale.EN), exit_table(Locale.ZH), strict=True))
