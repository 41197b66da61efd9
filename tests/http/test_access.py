"""Who is let in: anonymous callers see the pages, health and figures, and what a plugin serves to everybody; a token that is
none opens nothing.
"""

import pytest

OPEN = {"/", "/explorer", "/healthz", "/readyz", "/metrics"}


def test_these_are_all_the_routes_there_are(surface):
    assert {route.path for route in surface.app.routes} == OPEN | {"/graphql", "/plugins"}


@pytest.mark.parametrize("path", sorted(OPEN))
async def test_an_anonymous_caller_is_shown_what_is_open(surface, path):
    assert (await surface.http.get(path)).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/graphql/",
        "/GraphQL",
        "/explorer/",
        "/static/x",
        "/assets/explorer.js",
        "/%2e%2e/",
        "/docs",
        "/plugins",
        "/plugins/",
        "/plugins/x",
        "/x" * 2_000,
    ],
)
async def test_everything_else_is_not_found_in_both_languages(surface, error, path):
    for language, words in {"en": "does not exist", "zh": "不存在"}.items():
        response = await surface.http.get(path, headers={"Accept-Language": language})
        told = error(response)
        assert (told["status"], told["code"]) == (404, "NOT_FOUND")
        assert words in told["message"]
        assert len(response.content) < 1_000


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (None, "TOKEN_MISSING"),
        ("", "TOKEN_MISSING"),
        ("Bearer", "TOKEN_MISSING"),
        ("Bearer ", "TOKEN_MISSING"),
        ("Basic YWRtaW46YWRtaW4=", "TOKEN_MISSING"),
        ("Bearer x.y.z", "TOKEN_MALFORMED"),
        ("Bearer null", "TOKEN_MALFORMED"),
    ],
)
async def test_without_a_token_graphql_says_nothing(surface, error, method, authorization, reason):
    headers = {"Content-Type": "application/json", "Accept-Language": "zh"}
    if authorization is not None:
        headers["Authorization"] = authorization
    for query in ("{ __schema { queryType { name } } }", "{ viewer { id } }", "{ broken"):
        sent = {"params": {"query": query}} if method == "GET" else {"json": {"query": query}}
        response = await surface.http.request(method, "/graphql", headers=headers, **sent)
        told = error(response)
        assert (told["status"], told["code"], told["reason"]) == (401, "UNAUTHENTICATED", reason)
        assert response.headers["www-authenticate"] == "Bearer"
        assert "data" not in response.json()


@pytest.mark.parametrize("path", ["/plugins/x/", "/plugins/x/layers/y", "/plugins/x/indicators/y", "/plugins/x/a/b"])
async def test_without_a_token_nothing_is_told_of_plugins(surface, error, path):
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        response = await surface.http.request(method, path)
        assert response.status_code == 401, method
        assert response.headers["www-authenticate"] == "Bearer"
    assert error(await surface.http.get(path))["reason"] == "TOKEN_MISSING"


async def test_a_token_in_the_query_string_opens_nothing(surface, error):
    parameters = {"query": "{ viewer { id } }", "access_token": surface.token(), "token": surface.token()}
    assert error(await surface.http.get("/graphql", params=parameters))["status"] == 401


async def test_a_token_of_somebody_unknown_opens_nothing(surface, error):
    for query in (
        "{ viewer { id } }",
        "{ __schema { queryType { name } } }",
        'mutation { submitResource(id: "x") { id } }',
    ):
        response = await surface.ask(query, principal="nobody")
        assert response.json()["errors"][0]["extensions"]["reason"] == "PRINCIPAL_UNKNOWN"
        assert not response.json().get("data")
    told = error(await surface.ask("{ viewer { id } }", principal="nobody"))
    assert (told["status"], told["code"]) == (401, "UNAUTHENTICATED")


async def test_any_token_may_read_the_schema(surface, outsider):
    await outsider(surface)
    response = await surface.ask("{ __schema { queryType { name } } viewer { roles { role } } }", principal="outsider")
    assert response.json()["data"] == {
        "__schema": {"queryType": {"name": "Query"}},
        "viewer": {"roles": [{"role": "public"}]},
    }


@pytest.mark.parametrize("path", [*sorted(OPEN), "/graphql", "/plugins/x/", "/none"])
async def test_every_answer_carries_the_headers_that_protect_its_reader(surface, path):
    response = await surface.http.get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert len(response.headers["ucs-call-id"]) == 26
    assert "access-control-allow-origin" not in response.headers
    assert "server" not in response.headers


async def test_a_foreign_page_is_not_let_in(surface):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = await surface.http.options("/graphql", headers=headers)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control")]
