"""`ucs sim`: what is said, in both languages, where nothing can be played, and that others may bring verbs of their own."""

import socket

import pytest

from ucs_core.profile import write_profile
from ucs_sdk.behind import run_behind
from ucs_sdk.commands import Command
from ucs_sdk.launcher import Discovery, Problem, main


@pytest.mark.parametrize(
    ("words", "locale", "said"),
    [
        (["--speed", "0"], "en", "--speed"),
        (["--speed", "1201"], "en", "--speed"),
        (["--speed", "fast"], "en", "--speed"),
        (["--seed", "-1"], "zh", "--seed"),
        (["--seed", str(2**32)], "en", "--seed"),
        (["--sped", "60"], "zh", "没有选项 --sped"),
    ],
)
def test_a_wrong_speed_or_seed_is_refused_and_named(words, locale, said, monkeypatch, capsys):
    monkeypatch.setenv("UCS_LOCALE", locale)
    assert main(["sim", "storm", *words]) in (1, 2)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("locale", "said"), [("en", "No demo runs here"), ("zh", "此处没有运行中的演示平台")])
def test_without_a_demo_it_says_how_to_start_one(locale, said, monkeypatch, capsys):
    monkeypatch.setenv("UCS_LOCALE", locale)
    assert main(["sim", "storm"]) == 6
    assert said in capsys.readouterr().err


def test_a_demo_that_is_gone_does_not_answer(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
    tokens = tmp_path / "tokens.json"
    tokens.write_text('{"dispatcher": "token"}')
    write_profile(address, address, tokens)
    assert main(["sim", "storm"]) == 3
    assert f"{address} does not answer" in capsys.readouterr().err


def test_others_bring_verbs_of_their_own(capsys, monkeypatch):
    calls = []
    drill = Command(name="drill", summary_en="a drill", summary_zh="演练", run=lambda words: calls.append(words) or 0)
    known = Discovery({"drill": drill}, [Problem("broken", "elsewhere", "it is")])
    assert run_behind("ucs sim", "", ["drill", "--fast"], known) == 0
    assert calls == [["--fast"]]
    assert run_behind("ucs sim", "", [], known) == 0
    told = capsys.readouterr()
    assert "drill  a drill" in told.out
    assert "elsewhere" in told.err
    assert run_behind("ucs sim", "", ["dril"], known) == 2
    assert "Did you mean drill?" in capsys.readouterr().err


def test_the_storm_is_listed_in_both_languages(monkeypatch, capsys):
    assert main(["sim", "--help"]) == 0
    assert "storm  two storms over the demo city" in capsys.readouterr().out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert main(["sim"]) == 0
    assert "storm  演示城市的两场暴雨" in capsys.readouterr().out
