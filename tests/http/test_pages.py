"""The two pages: complete in themselves, in both languages, and unable to run anything that is not theirs."""

import base64
import hashlib
import json
import re

import pytest

from ucs_core.readiness import Phase

PAGES = ("/", "/explorer")


def hashes(text: str, tag: str) -> set[str]:
    """What a policy must name to let the inline elements of a page run."""
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return {f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'" for part in found}


def policy(response) -> dict[str, set[str]]:
    """The rules of the answer's content security policy."""
    rules = (rule.split() for rule in response.headers["content-security-policy"].split(";"))
    return {name: set(values) for name, *values in rules}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_speaks_both_languages(surface, path):
    response = await surface.http.get(path)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "通用能力服务平台" in response.text
    assert "Universal Capability Service" in response.text
    assert "令牌" in response.text
    assert "token" in response.text


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_nothing_from_elsewhere(surface, path):
    text = (await surface.http.get(path)).text
    assert re.findall(r"""(?:src|href)\s*=\s*["'](?!/|data:)""", text) == []
    assert re.findall(r"https?://(?!ucs\.test)", text) == []
    assert "@import" not in text
    assert "url(" not in text


@pytest.mark.parametrize("path", PAGES)
async def test_a_pages_policy_names_exactly_its_own_style_and_script(surface, path):
    response = await surface.http.get(path)
    rules = policy(response)
    assert rules["default-src"] == {"'none'"}
    assert rules["style-src"] == hashes(response.text, "style")
    assert rules.get("script-src", set()) == hashes(response.text, "script")
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == {"'none'"}
    assert rules.get("connect-src", {"'self'"}) == {"'self'"}
    assert not re.findall(r"\son\w+=|style=|javascript:", response.text.split("<script>")[0])


@pytest.mark.parametrize("phase", Phase)
async def test_the_first_page_says_what_runs_here(store, open_surface, phase):
    async with open_surface(store, lame_duck_seconds=60, grpc="127.0.0.1:50999") as surface:
        surface.readiness.enter(phase)
        text = (await surface.http.get("/")).text
    words = {Phase.STARTING: "正在启动", Phase.SERVING: "运行中", Phase.DRAINING: "正在停止"}
    assert words[phase] in text
    for part in ("/graphql", "127.0.0.1:50999", "/explorer", "/readyz", "/metrics", "ucs token", "qingdao", "0.1.0"):
        assert part in text
    assert "$" not in text.replace("$(ucs token)", "")


async def test_what_a_caller_sends_is_never_markup(surface):
    text = (await surface.http.get("/", headers={"Host": '"><script>alert(1)</script>'})).text
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text


async def test_the_explorer_keeps_the_token_in_its_tab_and_sets_texts_as_text(surface):
    text = (await surface.http.get("/explorer")).text
    assert 'sessionStorage.setItem("ucs.token"' in text
    assert "localStorage" not in text
    assert "document.cookie" not in text
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in text


async def test_the_explorers_own_documents_are_within_the_limits(surface):
    script = (await surface.http.get("/explorer")).text
    documents = re.findall(r"query: `(.*?)`", script, re.DOTALL)
    assert len(documents) == 10
    documents += re.findall(r"(?:INTROSPECTION|FIND) = `(.*?)`", script, re.DOTALL)
    assert len(documents) == 12
    variables = {"action": "read", "resource": "resources/x", "id": "resources/x", "after": "0"}
    for document in documents:
        answer = (await surface.ask(document, variables)).json()
        reasons = [error["extensions"]["reason"] for error in answer.get("errors", [])]
        assert set(reasons) <= {"NOT_FOUND"}


EXAMPLE = re.compile(
    r"query: `(?P<query>[^`]*)`,"
    r"(?:\s*variables: (?P<variables>.*),)?"
    r"(?:\s*find: \{ variable: \"(?P<variable>\w+)\", filter: (?P<filter>\{.*?\})(?:, state: \"(?P<state>\w+)\")? \},)?\n"
)


async def test_the_explorers_examples_run_as_they_stand(surface, new):
    """Where an example needs a resource, the page looks for one that fits."""
    pool = new | {"code": "QD-2", "kind": "infrastructure", "type": "network"}
    pool["content"] = new["content"] | {"spec": {"network_class": "government_extranet"}}
    document = "mutation($input: CreateResourceInput!) { createResource(input: $input) { code } }"
    for input in (pool, new):
        assert "errors" not in (await surface.ask(document, {"input": input})).json()
    script = (await surface.http.get("/explorer")).text
    [find] = re.findall(r"FIND = `(.*?)`", script, re.DOTALL)
    examples = list(EXAMPLE.finditer(script))
    assert len(examples) == 10
    assert [bool(example["variable"]) for example in examples].count(True) == 3
    for example in examples:
        variables = _plain(example["variables"])
        if example["variable"]:
            found = (await surface.ask(find, {"filter": _plain(example["filter"])})).json()["data"]["resources"][
                "nodes"
            ]
            fit = (node for node in found if example["state"] in (None, (node["head"] or {}).get("state")))
            variables[example["variable"]] = next(fit)["id"]
        answer = (await surface.ask(example["query"], variables)).json()
        assert "errors" not in answer, (example["query"], answer)


def _plain(stated):
    return json.loads(re.sub(r"(\w+):", r'"\1":', stated or "{}"))
