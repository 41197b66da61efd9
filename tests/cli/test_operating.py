"""The verbs of whoever runs a platform: db, serve, demo, doctor, log --follow; and the usage of all verbs."""

import asyncio
import json
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from ucs_core.access.tokens import LocalIssuer
from ucs_core.cli import checks, commands
from ucs_core.profile import profile_path
from ucs_registry.principals import RuleRow
from ucs_registry.sql import open_store
from ucs_registry.sql.urls import shown_url
from ucs_registry.testing import a_resource, founded
from ucs_sdk.commands import Exit
from ucs_sdk.launcher import discover

FOUND = ("--organization", "3702", "--title-zh", "青岛市", "--title-en", "Qingdao", "--administrator", "ana")


def test_db_goes_from_nothing_to_founded(ucs, tmp_path):
    url = f"sqlite:///{tmp_path}/fresh/ucs.db"
    behind = ucs("db", "current", "--database-url", url)
    assert behind.code == Exit.REFUSED
    assert "ucs db upgrade" in behind.err
    assert not (tmp_path / "fresh").exists(), "asking must not make a database"
    up = ucs("db", "upgrade", "--database-url", url, "--json").json
    assert (up["before"], up["after"]) == (None, ucs("db", "current", "--database-url", url, "--json").json["needed"])
    assert "nothing to do" in ucs("db", "upgrade", "--database-url", url).out
    founded = ucs("db", "init", "--database-url", url, *FOUND)
    assert founded.code == Exit.OK
    assert "principals/ana" in founded.out
    again = ucs("db", "init", "--database-url", url, *FOUND, "--json")
    assert again.code == Exit.CONFLICT
    assert again.json["error"]["reason"] == "FOUNDED_ALREADY"
    with closing(sqlite3.connect(tmp_path / "fresh" / "ucs.db")) as database:
        assert database.execute("SELECT DISTINCT actor FROM log").fetchall() == [("system",)]


def test_db_refuses_what_it_cannot_found(ucs, tmp_path):
    url = f"sqlite:///{tmp_path}/ucs.db"
    bad = ucs("db", "init", "--database-url", url, *FOUND[:-1], "Not An Id")
    assert bad.code == Exit.REFUSED
    assert "administrator.id" in bad.err
    assert not (tmp_path / "ucs.db").exists()
    assert ucs("db", "init", "--database-url", url).code == Exit.USAGE
    assert ucs("db", "init", *FOUND, "--level", "citty").code == Exit.USAGE
    assert ucs("db", "current", "--database-url", "mysql://x/y").code == Exit.REFUSED


def test_db_lists_its_verbs_and_guesses(ucs, monkeypatch):
    assert "upgrade" in ucs("db").out
    assert ucs("db", "--json").json == {"verbs": ["upgrade", "current", "init", "put"]}
    missed = ucs("db", "upgrad")
    assert missed.code == Exit.USAGE
    assert "Did you mean upgrade?" in missed.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "您要找的是 upgrade 吗？" in ucs("db", "upgrad").err


def test_doctor_finds_nothing_wrong_with_a_healthy_place(here, ucs, sqlite_url, monkeypatch):
    monkeypatch.setenv("UCS_DATABASE_URL", sqlite_url)
    done = ucs("doctor", "--json")
    assert done.code == Exit.OK, done.out
    found = {finding["name"]: finding for finding in done.json["findings"]}
    assert list(found) == list(checks.CHECKS)
    assert {finding["verdict"] for finding in found.values()} == {"ok"}
    assert "principals/publisher" in found["http"]["text"]
    assert "is free" in found["grpc"]["text"]


def test_doctor_says_what_is_wrong_and_what_to_do(here, ucs, tmp_path, monkeypatch):
    empty = tmp_path / "empty.db"
    empty.touch()
    monkeypatch.setenv("UCS_DATABASE_URL", f"sqlite:///{empty}")
    key = tmp_path / "key.pem"
    key.touch(mode=0o644)
    monkeypatch.setenv("UCS_KEY_FILE", str(key))
    profile_path().chmod(0o644)
    done = ucs("doctor")
    assert done.code == Exit.REFUSED
    assert re.search(r"fail +database", done.out)
    assert "→ ucs db upgrade" in done.out
    assert f"→ chmod 600 {key}" in done.out
    assert re.search(r"warn +profile", done.out)


@pytest.mark.parametrize(("name", "value"), [("UCS_BODY_MOST", "many"), ("UCS_BODY_MOSTT", "5")])
def test_doctor_says_once_what_is_wrong_with_a_setting(here, ucs, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    done = ucs("doctor", "--json")
    assert done.code == Exit.REFUSED
    found = {finding["name"]: finding for finding in done.json["findings"]}
    assert list(found) == list(checks.CHECKS)
    [failed] = [finding for finding in found.values() if finding["verdict"] == "fail"]
    assert name in failed["text"]
    # What is stopped by the same is not looked at. The twin said it eight times.
    assert sum("see above" in finding["text"] for finding in found.values()) >= 5


def test_doctor_finds_tags_that_are_not_those_of_the_content(ucs, sqlite_url, monkeypatch):
    monkeypatch.setenv("UCS_DATABASE_URL", sqlite_url)
    asyncio.run(_store_resource(sqlite_url))
    assert _rows_found(ucs)["verdict"] == "ok"
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE resources SET tags = '[\"other\"]'")
        connection.commit()
    found = _rows_found(ucs)
    assert (found["verdict"], "resources.tags: 1" in found["text"]) == ("fail", True)


def _rows_found(ucs):
    return {finding["name"]: finding for finding in ucs("doctor", "--json").json["findings"]}["rows"]


async def _store_resource(url):
    store = await open_store(url)
    await founded(store, a_resource(1, tags=("a",)))
    await store.close()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql:///ucs?host=127.0.0.1&port=1&password=hunter2", "postgresql:///ucs"),
        ("postgresql://ucs:hunter2@127.0.0.1:1/ucs", "postgresql://ucs:***@127.0.0.1:1/ucs"),
        ("postgresql://ucs:a/b@hunter2@127.0.0.1:1/ucs?sslmode=require", "postgresql://ucs:***@127.0.0.1:1/ucs"),
        ("postgresql://:hunter2@/ucs", "postgresql://:***@/ucs"),
        ("sqlite:///ucs.db?password=hunter2", "sqlite:///ucs.db"),
    ],
)
def test_a_password_in_the_database_url_is_shown_to_nobody(url, shown):
    assert shown_url(url) == shown


@pytest.mark.parametrize("words", [("doctor",), ("doctor", "--json"), ("token", "ana", "--key-file", "key.pem")])
@pytest.mark.parametrize("query", ["", "?password=hunter2"])
def test_no_verb_prints_the_password(ucs, sqlite_url, monkeypatch, words, query):
    LocalIssuer.load_or_create(Path("key.pem"))
    monkeypatch.setenv("UCS_DATABASE_URL", f"{sqlite_url}{query}")
    done = ucs(*words)
    assert "hunter2" not in done.out + done.err


async def _store_rules(url, rules):
    store = await open_store(url)
    async with store.write() as unit:
        await unit.put_rules(rules)
        await unit.commit()
    await store.close()


def test_doctor_names_policy_rows_that_were_set_aside(ucs, sqlite_url, monkeypatch):
    monkeypatch.setenv("UCS_DATABASE_URL", sqlite_url)
    assert ucs("db", "init", *FOUND).code == Exit.OK
    sound = ucs("doctor", "--json").json["findings"]
    assert {item["name"]: item["verdict"] for item in sound}["policies"] == "ok"
    broken = [RuleRow(id=f"broken.{n}", section="p", values=("nonsense",)) for n in range(7)]
    asyncio.run(_store_rules(sqlite_url, broken))
    found = {item["name"]: item for item in ucs("doctor", "--json").json["findings"]}["policies"]
    assert found["verdict"] == "warn"
    assert "7 of " in found["text"]
    assert "broken.0: it has 1 values where 11 are needed" in found["text"]
    assert "; 2 more" in found["text"]
    assert "ucs db put FILE --by" in found["advice"]
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "有 7 条未生效" in ucs("doctor").out


def test_doctor_reports_a_malformed_profile_and_goes_on(here, ucs):
    profile_path().write_text("{")
    done = ucs("doctor", "--json")
    found = {finding["name"]: finding["verdict"] for finding in done.json["findings"]}
    assert done.code == Exit.REFUSED
    assert (found["profile"], found["python"]) == ("fail", "ok")
    assert list(found) == list(checks.CHECKS)


def test_doctor_knows_a_token_that_is_not_accepted(city, ucs, monkeypatch):
    monkeypatch.setenv("UCS_HTTP", city.address)
    monkeypatch.setenv("UCS_TOKEN", "nonsense")
    found = {finding["name"]: finding["verdict"] for finding in ucs("doctor", "--json").json["findings"]}
    assert found["http"] == "warn"


def test_doctor_finds_settings_that_cannot_be(ucs, tmp_path, monkeypatch):
    monkeypatch.setenv("UCS_BODY_MOST", "1")
    done = ucs("doctor")
    assert done.code == Exit.REFUSED
    assert "UCS_BODY_MOST" in done.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("htpp = '1'", "ucs.toml: htpp is no setting of UCS, so it would have no effect."),
        ("htpp = '1'", "Did you mean http?"),
        ("body_most = 1", "ucs.toml: body_most: "),
        ("= 1", "not TOML"),
        (None, "No such file"),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_told(ucs, tmp_path, monkeypatch, text, told):
    file = tmp_path / "ucs.toml"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("UCS_CONFIG", str(file))
    refused = ucs("db", "current")
    assert refused.code == Exit.REFUSED
    assert told in refused.err


def test_a_setting_is_named_by_where_it_was_made(ucs, tmp_path, monkeypatch):
    file = tmp_path / "ucs.toml"
    file.write_text("origin = 'Not A Name'")
    monkeypatch.setenv("UCS_CONFIG", str(file))
    assert f"{file}: origin: " in ucs("db", "current").err
    # The twin: a variable wins over the file, and is then the one that is wrong.
    monkeypatch.setenv("UCS_ORIGIN", "Nor This")
    assert ucs("db", "current").err.startswith("UCS_ORIGIN: ")


@pytest.mark.parametrize("name", ["UCS_DATABSE_URL", "UCS_DATABASEURL", "ucs_databse_url"])
def test_a_mistyped_variable_is_refused_and_not_passed_over(ucs, monkeypatch, name):
    monkeypatch.setenv(name, "postgresql://elsewhere/ucs")
    refused = ucs("db", "current")
    assert refused.code == Exit.REFUSED
    assert f"{name} is no setting of UCS" in refused.err
    assert "Did you mean UCS_DATABASE_URL?" in refused.err
    assert "elsewhere" not in refused.err
    assert name in ucs("doctor").out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    told = ucs("db", "current").err
    assert f"{name} 不是 UCS 的设置项" in told
    assert "您要找的是 UCS_DATABASE_URL 吗？" in told


def test_variables_that_are_no_settings_of_a_node_are_let_be(ucs, monkeypatch, empty_sqlite_url):
    monkeypatch.setenv("UCS_DATABASE_URL", empty_sqlite_url)
    for name in ("UCS_TOKEN", "UCS_TRACEBACK", "UCS_REQUIRE_POSTGRES", "UCS_PROMISE_SEED"):
        monkeypatch.setenv(name, "1")
    # What Kubernetes sets for a service called `ucs` is nobody's mistake; without that service it is one.
    for name in ("UCS_SERVICE_HOST", "UCS_SERVICE_PORT", "UCS_SERVICE_PORT_HTTP", "UCS_PORT", "UCS_PORT_80_TCP_ADDR"):
        monkeypatch.setenv(name, "10.0.0.1")
    assert "need" in ucs("db", "current").out
    monkeypatch.delenv("UCS_SERVICE_HOST")
    assert "UCS_PORT is no setting" in ucs("db", "current").err


def test_doctor_reports_a_broken_entry_point():
    broken = EntryPoint(name="bad", value="no_such_module_of_ours:commands", group="ucs.commands")
    finding = checks.check_verbs("verbs", discover([broken]))
    assert finding.verdict is checks.Verdict.FAIL
    assert "no_such_module_of_ours" in finding.text
    assert checks.check_verbs("verbs").verdict is checks.Verdict.OK


def test_serve_runs_until_it_is_told_to_stop(start, sqlite_url, ucs, tmp_path):
    node = start(
        "serve",
        "--http",
        "127.0.0.1:0",
        "--grpc",
        "127.0.0.1:0",
        "--json",
        UCS_DATABASE_URL=sqlite_url,
        UCS_KEY_FILE=str(tmp_path / "key.pem"),
        UCS_LAME_DUCK_SECONDS="0",
    )
    place = json.loads(node.stdout.readline())
    assert ucs("search", "x", "--http", place["http"]).code == Exit.DENIED
    node.send_signal(signal.SIGTERM)
    out, err = node.communicate(timeout=20)
    assert node.returncode == Exit.OK, err
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.parametrize(("founded", "locale"), [(False, "en"), (False, "zh"), (True, "en")])
def test_serve_says_that_no_platform_has_been_founded(start, ucs, sqlite_url, tmp_path, founded, locale):
    if founded:
        assert ucs("db", "init", "--database-url", sqlite_url, *FOUND).code == Exit.OK
    words = ("serve", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--database-url", sqlite_url, "--json")
    node = start(*words, UCS_KEY_FILE=str(tmp_path / "key.pem"), UCS_LAME_DUCK_SECONDS="0", UCS_LOCALE=locale)
    node.stdout.readline()
    node.stderr.readline()
    told = "" if founded else node.stderr.readline()
    node.send_signal(signal.SIGTERM)
    _, err = node.communicate(timeout=20)
    assert node.returncode == Exit.OK
    assert ("ucs db init" in told) is not founded
    assert ("尚未初始化平台" in told) is (locale == "zh")
    assert "ucs db init" not in err


def test_serve_says_that_the_database_is_behind(start, empty_sqlite_url, tmp_path):
    words = ("serve", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--database-url", empty_sqlite_url)
    node = start(*words, UCS_KEY_FILE=str(tmp_path / "key.pem"))
    _, err = node.communicate(timeout=20)
    assert node.returncode == Exit.CONFLICT
    assert "ucs db upgrade" in err
    assert "Traceback" not in err


def test_following_the_log_shows_what_comes_and_ends_quietly(drafted, ucs, start):
    following = start("log", "--follow", "--json", "--first", "1", "--as", "platform-admin")
    first = json.loads(following.stdout.readline())
    assert first["verb"] == "resources.create"
    assert ucs("submit", drafted).code == Exit.OK
    second = json.loads(following.stdout.readline())
    assert (second["verb"], second["position"]) == ("resources.submit", first["position"] + 1)
    following.send_signal(signal.SIGINT)
    out, err = following.communicate(timeout=60)
    assert (following.returncode, out, err) == (Exit.INTERRUPTED, "", "")


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
@pytest.mark.parametrize(("locale", "usage"), [("en", "Usage: ucs "), ("zh", "用法：ucs ")])
def test_every_verb_explains_itself_in_both_languages(ucs, monkeypatch, command, locale, usage):
    monkeypatch.setenv("UCS_LOCALE", locale)
    page = ucs(command.name, "--help")
    assert page.code == Exit.OK
    assert page.out.startswith(f"{usage}{command.name}")
    assert page.err == ""
    chinese = re.search("[\u4e00-\u9fff]", re.sub(r"示例.*|Examples.*|`[^`]*`", "", page.out, flags=re.DOTALL))
    assert bool(chinese) is (locale == "zh")
    # 示范城市 is a title that the state confers; ours is a demo.
    assert "示范" not in page.out


@pytest.mark.parametrize(("locale", "told"), [("en", "a proxy that ends TLS"), ("zh", "TLS 代理")])
def test_serve_says_that_its_doors_speak_in_the_clear(ucs, monkeypatch, locale, told):
    monkeypatch.setenv("UCS_LOCALE", locale)
    assert told in " ".join(ucs("serve", "--help").out.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("search", "--knd", "data"), "There is no option --knd. Did you mean --kind"),
        (("search", "--kind", "dta"), "Did you mean data?"),
        (("search", "--first", "0"), "--first must be at least 1."),
        (("search", "--first", "x"), "--first is 'x', which is not"),
        (("search", "--tag"), "The option --tag is not used that way"),
        (("get",), "RESOURCE is missing."),
        (("get", "a", "b"), "Too much was given: b."),
        (("apply",), "The option --file is required."),
        (("offline", "X"), "The option --reason is required."),
        (("demo", "--size", "smal"), "Did you mean small?"),
    ],
)
def test_a_slip_on_the_command_line_is_a_usage_error(ucs, words, told):
    missed = ucs(words[0], "--json", *words[1:])
    assert missed.code == Exit.USAGE
    assert told in missed.err
    assert f"`ucs {words[0]} --help`" in missed.err
    assert missed.json["error"]["code"] == "usage"


def test_slips_are_told_in_chinese(ucs, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "没有选项 --knd。您要找的是 --kind" in ucs("search", "--knd", "x").err
    assert "必须给出选项 --reason。" in ucs("offline", "X").err
    assert "缺少 RESOURCE。" in ucs("get").err


def test_the_core_brings_its_verbs_without_anything_heavy():
    code = (
        "import sys; import ucs_core.cli; ucs_core.cli.commands(); "
        "print(sorted({'click', 'rich', 'pydantic', 'httpx2', 'yaml', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
