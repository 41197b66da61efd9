"""The repository rules, tried on small trees that break them. `make check` holds the repository to them."""

import pytest

from guards.rules import findings

# Spelt in pieces, so that this file keeps the rules that it tries.
HASH = "#"
LONG_FUNCTION = "def long():\n" + "    x = 1\n" * 60
LONG_FILE = "x = 1\n" * 401

BROKEN = {
    "a registry's host": ("docs/a.md", "pip install --index-url https://" + "pypi" + ".org/simple", "package registry"),
    "a mirror's host": ("a.cfg", "https://mirrors" + ".example.edu.cn/simple", "package registry"),
    "a machine's path": ("scripts/a.sh", "cd /" + "work/main", "path of one machine"),
    "a home": ("a.py", "x = '/" + "home/li/data'", "path of one machine"),
    "root's home": ("a.toml", 'cache = "/' + 'root/.cache"', "path of one machine"),
    "a private key": ("a.pem", "-----BEGIN EC " + "PRIVATE KEY-----", "secret"),
    "a token": ("a.json", '"ghp_' + "a1" * 18 + '"', "secret"),
    "a signed token": (".ci/a", "eyJhbGciOiJFUzI1" + ".eyJzdWIiOiJtYXlv" + ".c2lnbmF0dXJlLXNpZ25hdHVyZQ", "secret"),
    "a second lock file": ("uv.lock", "", "one lock file"),
    "a long file": ("a.py", LONG_FILE, "401 lines, 400 are the most"),
    "a long function": ("a.py", LONG_FUNCTION, "long has 61 lines"),
    "long functions throughout": ("a.py", "def f():\n" + "    x = 1\n" * 40, "one function in ten"),
    "a blanket noqa": ("a.py", f"import os  {HASH} noqa", "silences more than it names"),
    "a blanket ignore": ("a.py", f"x = 1  {HASH} type: ignore", "silences more than it names"),
    "a file-wide ignore": ("a.py", f"{HASH} mypy: ignore-errors", "silences more than it names"),
    "a noqa without a reason": ("a.py", f"import os  {HASH} noqa: F401", "without a reason"),
    "an ignore without a reason": ("a.py", f"x = 1\ny = x.z  {HASH} type: ignore[attr-defined]", "without a reason"),
    "unfinished work": ("a.py", f"x = 1  {HASH} " + "TO" + "DO: the rest", "unfinished"),
}

SOUND = {
    "a reason above": ("a.py", f"{HASH} The name is the door's.\nimport os  {HASH} noqa: F401"),
    "a reason behind": ("a.py", f"import os  {HASH} noqa: F401 - the name is the door's"),
    "a hash in a text": ("a.py", f"x = '{HASH} noqa'"),
    "a long table": ("a.csv", LONG_FILE),
    "generated code": ("proto/src/ucs/a_pb2.py", LONG_FILE + LONG_FUNCTION),
    "what is built": ("build/a.py", LONG_FILE),
    "what is hidden": (".venv/lib/a.py", LONG_FILE),
    "bytes": ("a.bin", "\0/" + "root/x"),
    "a path that only looks like one": (
        "a.py",
        "x = 'https://example.gov.cn/work/orders', 'rooms/root', '~/" + "work'",
    ),
}


@pytest.mark.parametrize(("name", "text", "finding"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_found(tree, name, text, finding):
    found = list(findings(tree({name: text})))
    assert any(finding in line for line in found), found


@pytest.mark.parametrize(("name", "text"), SOUND.values(), ids=SOUND.keys())
def test_what_keeps_the_rules_is_left_alone(tree, name, text):
    assert list(findings(tree({name: text}))) == []


def allowance(lines: int) -> str:
    return f'[tool.ucs.long-files]\n"a.py" = {{ lines = {lines}, reason = "One table." }}'


def test_a_long_file_with_a_reason_is_allowed_up_to_its_ceiling(tree):
    assert list(findings(tree({"a.py": LONG_FILE, "pyproject.toml": allowance(401)}))) == []


@pytest.mark.parametrize(
    ("text", "lines", "finding"),
    [
        (LONG_FILE + "x = 1\n", 401, "402 lines, 401 are the most"),
        ("x = 1\n", 401, "strike it"),
        (None, 401, "strike it"),
    ],
)
def test_the_list_of_long_files_only_shrinks(tree, text, lines, finding):
    texts = {"pyproject.toml": allowance(lines)} | ({"a.py": text} if text else {})
    (found,) = findings(tree(texts))
    assert finding in found
