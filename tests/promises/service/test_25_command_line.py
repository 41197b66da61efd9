"""Promise 25 on the command line: no token, key or password in what `ucs` prints, whatever goes wrong.

`ucs token` is the one verb whose answer is a secret, and it is not asked here.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
from itertools import product

import pytest


def canary() -> str:
    return f"zqsecret{secrets.token_hex(8)}"


URLS = {
    "a password": "postgresql://ucs:{}@127.0.0.1:1/ucs",
    "a password alone": "postgresql://:{}@127.0.0.1:1/ucs",
    "a password with an @": "postgresql://ucs:{}@home@127.0.0.1:1/ucs",
    "a password with a #": "postgresql://ucs:x#{}@127.0.0.1:1/ucs",
    "a password in the query": "postgresql:///ucs?host=127.0.0.1&port=1&user=ucs&password={}",
    "a password and a socket": "postgresql://ucs:{}@/ucs?host=/nowhere",
    "a port that is none": "postgresql://ucs:{}@127.0.0.1:port/ucs",
    "a host that is none": "postgresql://ucs:{}\u2100@[::1/ucs",
    "an option that is none": "postgresql://ucs:{}@127.0.0.1:1/ucs?nonsense=1",
    "another database": "mysql://ucs:{}@127.0.0.1:1/ucs",
    "no database": "ucs:{}@127.0.0.1",
    "a file": "sqlite:///nowhere/ucs.db?password={}",
}
VERBS = (
    ["doctor"],
    ["doctor", "--json"],
    ["db", "current"],
    ["serve", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"],
)

ADDRESSES = (
    "http://ucs:{}@127.0.0.1:1",
    "http://{}@127.0.0.1:1",
    "127.0.0.1:1/?token={}",
    "http://ucs:{}@[::1",
    "https://ucs:{}@127.0.0.1:port",
)


class Shell:
    """Runs `ucs`, and keeps what it printed beside what it must not print."""

    def __init__(self, make_process, tmp_path) -> None:
        self._make = make_process
        self._folder = tmp_path
        self._turns = asyncio.Semaphore(8)
        self.runs: list[tuple[str, str, str]] = []

    async def run(
        self, what: str, secret: str, *words: str, url: str = "sqlite:///none.db", **environment: str
    ) -> None:
        state = {"XDG_STATE_HOME": str(self._folder / "state"), "UCS_GRPC": "127.0.0.1:1", "UCS_HTTP": "127.0.0.1:1"}
        process = self._make(url, **{**state, **environment})
        async with self._turns:
            process.start(*words)
            await process.exit_code()
        assert process.output, f"ucs {words[0]} with {what} has printed nothing"
        self.runs.append((f"ucs {' '.join(words[:2])} with {what}", secret, process.output))

    def told(self) -> list[str]:
        return [f"{what} told {secret}" for what, secret, printed in self.runs if secret in printed]


@pytest.fixture
def shell(make_process, tmp_path) -> Shell:
    return Shell(make_process, tmp_path)


async def test_no_password_of_a_database_is_printed(shell, findings):
    async with asyncio.TaskGroup() as group:
        for (name, url), words in product(URLS.items(), VERBS):
            secret = canary()
            group.create_task(shell.run(name, secret, *words, url=url.format(secret), UCS_TRACEBACK="1"))
    findings.tried = len(shell.runs)
    assert not [printed for _, _, printed in shell.runs if "a fault of its own" in printed]
    findings.expect_none(shell.told())
    url = URLS["a password"].format(secret := canary())
    await shell.run("Python's own words", secret, "db", "current", url=url, grown="plainspoken")
    findings.expect_caught("Python's own words", shell.told())


async def test_no_token_is_printed(shell, tmp_path, findings):
    verbs = (["search", "x"], ["get", "QD-1"], ["log"], ["why", "read", "QD-1"], ["doctor"])
    (tmp_path / "bad.toml").write_text(f'database_url = "postgresql://ucs:{(secret := canary())}@h/ucs\n', "utf-8")
    async with asyncio.TaskGroup() as group:
        group.create_task(shell.run("a broken file", secret, "serve", UCS_CONFIG=str(tmp_path / "bad.toml")))
        for words in verbs:
            token = canary()
            group.create_task(shell.run("UCS_TOKEN", token, *words, UCS_TOKEN=token))
            if words != ["doctor"]:
                group.create_task(shell.run("--token", token, *words, "--token", token, "--json"))
            for address in ADDRESSES:
                told = canary()
                group.create_task(shell.run(f"the address {address}", told, *words, UCS_HTTP=address.format(told)))
    findings.tried = len(shell.runs)
    findings.expect_none(shell.told())


async def test_no_key_and_no_profile_is_printed(shell, tmp_path, findings):
    key, kept = canary(), canary()
    (tmp_path / "key.pem").touch(0o600)
    (tmp_path / "key.pem").write_text(
        f"-----BEGIN {'PRIVATE'} KEY-----\n{key}\n-----END {'PRIVATE'} KEY-----\n", "utf-8"
    )
    await shell.run("a broken key", key, "token", "admin")
    profiles = {
        "a profile cut short": f'{{"http": "127.0.0.1:1", "tokens_file": "{kept}',
        "a profile with a token": json.dumps({"http": "127.0.0.1:1", "grpc": "x", "data": "x", "token": kept}),
        "tokens cut short": json.dumps(
            {"http": "127.0.0.1:1", "grpc": "127.0.0.1:1", "data": "x", "tokens_file": "tokens"}
        ),
    }
    (tmp_path / "tokens").touch(0o600)
    (tmp_path / "tokens").write_text(f'{{"publisher": "{kept}', "utf-8")
    for name, text in profiles.items():
        folder = tmp_path / secrets.token_hex(4)
        (folder / "ucs").mkdir(parents=True)
        (folder / "ucs" / "profile.json").write_text(
            text.replace('"tokens"', json.dumps(str(tmp_path / "tokens"))), "utf-8"
        )
        for words in (["doctor"], ["search", "x"], ["get", "QD-1", "--as", "nobody"]):
            await shell.run(name, kept, *words, XDG_STATE_HOME=str(folder))
    findings.tried = len(shell.runs)
    findings.expect_none(shell.told())


async def test_a_running_platform_gives_no_secret_away(city, shell, forms, findings):
    url = city.url.replace("postgres:@", f"postgres:{(password := canary())}@")
    node = city.node(UCS_DATABASE_URL=url, UCS_LAME_DUCK_SECONDS="0")
    node.start()
    await node.answers()
    (city.folder / "new.yaml").write_text(json.dumps(forms.plain("QD-1")), "utf-8")
    tokens = {who: city.token(who) for who in ("editor", "roads")}
    lines = (
        (["doctor"], "editor"),
        (["apply", "-f", "new.yaml"], "editor"),
        (["get", "QD-1", "--json"], "editor"),
        (["submit", "QD-1"], "editor"),
        (["approve", "QD-1"], "editor"),
        (["search", "积水"], "roads"),
        (["get", "QD-1"], "roads"),
        (["log"], "roads"),
        (["db", "current"], "editor"),
    )
    for words, who in lines:
        reach = {"UCS_HTTP": node.http, "UCS_GRPC": node.grpc, "UCS_TOKEN": tokens[who]}
        await shell.run(f"the token of {who}", tokens[who], *words, url=url, **reach)
    shell.runs += [(what, password, printed) for what, _, printed in shell.runs]
    node.send(signal.SIGTERM)
    assert await node.exit_code() == 0
    shell.runs += [("the node", secret, node.output) for secret in (*tokens.values(), password)]
    findings.tried = len(shell.runs)
    findings.expect_none(shell.told())
    assert any("QD-1" in printed for _, _, printed in shell.runs)
