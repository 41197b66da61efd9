"""Which platform and whose token: flags, variables and the profile; and what is said when nobody answers."""

import json
import re
import socket
import threading

import pytest

from ucs_core.cli.reach import find_platform, to_url
from ucs_core.profile import profile_path, read_profile, write_profile
from ucs_sdk.commands import Exit
from ucs_sdk.errors import Invalid

NO_MORE = {"hasNextPage": False, "endCursor": None, "hasPreviousPage": False, "startCursor": None}


@pytest.fixture
def profile(tmp_path):
    """A profile of a demo on 127.0.0.1:9999, with two personas."""
    tokens = tmp_path / "tokens.json"
    tokens.write_text(json.dumps({"publisher": "token-p", "reviewer": "token-r"}), "utf-8")
    write_profile("127.0.0.1:9999", "127.0.0.1:9998", tokens)
    return tokens


def test_the_profile_is_its_owners_alone_and_reads_back(profile, tmp_path):
    assert profile_path() == tmp_path / "state" / "ucs" / "profile.json"
    assert profile_path().stat().st_mode & 0o777 == 0o600
    assert profile_path().parent.stat().st_mode & 0o777 == 0o700
    read = read_profile()
    assert (read.http, read.grpc, read.data) == ("127.0.0.1:9999", "127.0.0.1:9998", str(tmp_path))
    # Written again it replaces the one before and leaves nothing beside it.
    write_profile("127.0.0.1:7777", "127.0.0.1:7776", profile)
    assert read_profile().http == "127.0.0.1:7777"
    assert [file.name for file in profile_path().parent.iterdir()] == ["profile.json"]


def test_without_a_state_home_the_profile_is_below_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("", "relative/path"):
        monkeypatch.setenv("XDG_STATE_HOME", value)
        assert profile_path() == tmp_path / ".local" / "state" / "ucs" / "profile.json"


def test_the_profile_gives_address_and_default_persona(profile):
    reach = find_platform(None, None, None)
    assert (reach.url, reach.token) == ("http://127.0.0.1:9999", "token-p")
    assert find_platform(None, None, "reviewer").token == "token-r"


def test_flags_win_over_variables_and_variables_over_the_profile(profile, monkeypatch):
    monkeypatch.setenv("UCS_TOKEN", "token-v")
    assert find_platform(None, None, None).token == "token-v"
    assert find_platform(None, None, "reviewer").token == "token-r"
    assert find_platform(None, "token-f", "reviewer").token == "token-f"
    monkeypatch.setenv("UCS_HTTP", "variable.example:80")
    assert find_platform(None, None, None).url == "http://variable.example:80"
    assert find_platform("flag.example:80", None, None).url == "http://flag.example:80"


def test_a_token_of_the_profile_goes_to_the_profiles_address_only(profile, ucs):
    assert find_platform("elsewhere.example:80", None, None).token is None
    refused = ucs("get", "X", "--http", "elsewhere.example:80", "--as", "reviewer")
    assert refused.code == Exit.CONFLICT
    assert "are for 127.0.0.1:9999" in refused.err
    # The twin: the same address under its other name, and the same port, is the profile's own.
    assert find_platform("localhost:9999", None, None).token == "token-p"
    assert find_platform("localhost:9998", None, None).token is None


def test_a_broken_profile_is_not_read_where_it_is_not_needed(profile):
    profile_path().write_text("{")
    assert find_platform("127.0.0.1:1", "token", None).token == "token"
    with pytest.raises(Invalid):
        find_platform(None, "token", None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "Expecting"),
        ("[]", "not a JSON object"),
        ("{}", "missing"),
        ('{"http": "a", "grpc": "b", "data": "c", "tokens_file": "d", "colour": "e"}', "colour"),
        ('{"http": 1, "grpc": "b", "data": "c", "tokens_file": "d"}', "http"),
    ],
)
def test_a_malformed_profile_is_told_with_its_place(profile, ucs, text, told):
    profile_path().write_text(text)
    refused = ucs("search", "x")
    assert refused.code == Exit.REFUSED
    assert str(profile_path()) in refused.err
    assert told in refused.err


def test_a_profile_whose_tokens_are_gone_says_so(profile, ucs):
    profile.unlink()
    refused = ucs("search", "x")
    assert refused.code == Exit.REFUSED
    assert "tokens.json cannot be read: No such file" in refused.err


def test_an_unknown_persona_gets_near_misses(profile, ucs):
    refused = ucs("search", "x", "--as", "reviwer")
    assert refused.code == Exit.NOT_FOUND
    assert "Did you mean reviewer?" in refused.err


def test_a_persona_needs_a_profile(ucs):
    refused = ucs("search", "x", "--as", "reviewer")
    assert refused.code == Exit.CONFLICT
    assert "ucs demo" in refused.err


@pytest.mark.parametrize("address", ["http://", "ftp://x:1", "host:port", "a:1?x=1", "user@host:1", "[::1", ""])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Invalid):
        to_url(address)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("127.0.0.1:80", "http://127.0.0.1:80"),
        ("https://ucs.example/", "https://ucs.example"),
        ("[::1]:80", "http://[::1]:80"),
    ],
)
def test_addresses_and_urls_are_taken(address, url):
    assert to_url(address) == url


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_an_unreachable_platform_has_its_exit_code_and_a_way_out(ucs, free_port, monkeypatch, locale):
    monkeypatch.setenv("UCS_LOCALE", locale)
    missed = ucs("search", "x", "--http", f"127.0.0.1:{free_port}", "--token", "t", "--json")
    assert missed.code == Exit.UNREACHABLE
    assert "ucs demo" in missed.err
    assert "Errno" not in missed.err
    assert missed.json["error"]["reason"] == "PLATFORM_UNREACHABLE"


@pytest.mark.parametrize("body", ["<html>", "[]", '{"data": null}'])
def test_another_program_at_the_address_is_told_from_a_platform(ucs, answering, body):
    with answering(body) as address:
        missed = ucs("search", "x", "--http", address, "--token", "t")
    assert missed.code == Exit.UNREACHABLE
    assert "not as a platform does" in missed.err


def test_a_connection_that_ends_under_way_is_tried_once_more(ucs, answering):
    answer = {"data": {"resources": {"nodes": [], "pageInfo": NO_MORE}}}
    answer["data"]["resources"] |= {"totalCount": 0, "facets": [{"dimension": "kind", "values": []}]}
    with answering(json.dumps(answer), dropped=1) as address:
        assert ucs("search", "x", "--http", address, "--token", "t").code == Exit.OK
    # The twin: dropped every time, it is an error and no endless loop.
    with answering(json.dumps(answer), dropped=2) as address:
        assert ucs("search", "x", "--http", address, "--token", "t").code == Exit.UNREACHABLE


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("INVALID", Exit.REFUSED),
        ("UNAUTHENTICATED", Exit.DENIED),
        ("DENIED", Exit.DENIED),
        ("NOT_FOUND", Exit.NOT_FOUND),
        ("ALREADY_EXISTS", Exit.CONFLICT),
        ("CONFLICT", Exit.CONFLICT),
        ("FAILED_PRECONDITION", Exit.CONFLICT),
        ("OUT_OF_RANGE", Exit.REFUSED),
        ("EXHAUSTED", Exit.LATER),
        ("UNAVAILABLE", Exit.UNREACHABLE),
        ("DEADLINE_EXCEEDED", Exit.LATER),
        ("INTERNAL", Exit.FAULT),
        ("SOMETHING_NEW", Exit.FAULT),
    ],
)
def test_each_code_of_the_platform_has_its_exit_code(ucs, answering, code, expected):
    error = {"message": "told", "extensions": {"code": code, "reason": "WHY", "fields": {"path": "x"}}}
    with answering(json.dumps({"errors": [error]})) as address:
        refused = ucs("search", "x", "--http", address, "--token", "t", "--json")
    assert refused.code == expected
    assert refused.err == "told\n"
    assert refused.json["error"]["fields"] == {"path": "x"}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("STORE_BUSY", Exit.LATER),
        ("STARTING", Exit.LATER),
        ("DRAINING", Exit.LATER),
        ("STORE_UNAVAILABLE", Exit.UNREACHABLE),
    ],
)
def test_a_busy_platform_is_told_from_one_that_is_away(ucs, write, stated, answering, reason, expected):
    error = {"message": "told", "extensions": {"code": "UNAVAILABLE", "reason": reason, "fields": {}}}
    for words in (("search", "x"), ("apply", "-f", write(stated()))):
        with answering(json.dumps({"errors": [error]})) as address:
            assert ucs(*words, "--http", address, "--token", "t").code == expected


@pytest.mark.parametrize("token", ["tok\nen", "令牌", "tok\x00en"])
def test_what_cannot_be_a_token_is_refused_and_not_repeated(ucs, token):
    refused = ucs("search", "x", "--http", "127.0.0.1:1", "--token", token)
    assert refused.code == Exit.REFUSED
    assert token not in refused.err


def test_texts_of_strangers_cannot_steer_the_terminal(ucs, answering):
    title = {"zh": "\x1b]0;renamed\x07标题", "en": "\x1b[2Jwiped\x9b1A"}
    node = {"id": "resources/1", "code": "X-1", "kind": "data", "type": "dataset", "title": title}
    node |= {"owner": {"id": "organizations/1", "title": title}, "shareType": "none", "availability": "online"}
    page = {"nodes": [node], "pageInfo": NO_MORE, "totalCount": 1}
    answer = {"data": {"resources": page | {"facets": [{"dimension": "kind", "values": []}]}}}
    for words in (("search",), ("search", "--all"), ("search", "--json")):
        with answering(json.dumps(answer)) as address:
            shown = ucs(*words, "--http", address, "--token", "t").out
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", shown)
        assert "wiped" in shown


def test_without_a_token_the_platform_says_how_to_get_one(city, ucs):
    refused = ucs("search", "x", "--http", city.address)
    assert refused.code == Exit.DENIED
    assert "ucs token" in refused.err


def test_language_and_token_travel_with_every_request(ucs, answering, monkeypatch):
    monkeypatch.setenv("UCS_LOCALE", "zh")
    with answering("{}") as address:
        ucs("search", "x", "--http", address, "--token", "t-o-k-e-n")
        head = answering.heads[-1].lower()
    assert "authorization: bearer t-o-k-e-n" in head
    assert "accept-language: zh" in head
    assert "application/graphql-response+json" in head


@pytest.fixture
def answering():
    """Starts a server that gives one answer to everybody, after it has dropped some connections."""
    return _Answering()


class _Answering:
    def __init__(self) -> None:
        self.heads: list[str] = []

    def __call__(self, body: str, *, dropped: int = 0) -> "_Answering":
        self._body, self._dropped = body.encode(), dropped
        return self

    def __enter__(self) -> str:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return f"127.0.0.1:{self._server.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                head = self._read(connection)
                if self._dropped:
                    self._dropped -= 1
                    continue
                self.heads.append(head)
                length = len(self._body)
                connection.sendall(
                    f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode() + self._body
                )

    def _read(self, connection: socket.socket) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            body += connection.recv(65536)
        return head.decode()
