"""What `ucs doctor` finds wrong with a machine, and the way out that it names for each."""

from __future__ import annotations

import base64
import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ucs_core.cli import machine_checks
from ucs_core.cli.finding import Verdict
from ucs_registry.sql.features import missing_sqlite_features, server_version

NOW = datetime.now(UTC)


def a_token(ends: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).decode().rstrip("=")
    return f"e30.{payload}.AAAA"


def a_certificate(days: int) -> bytes:
    key, name = Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(days=9), NOW + timedelta(days=days))
    return made.sign(key, None).public_bytes(Encoding.PEM)


@pytest.fixture
def issuer(monkeypatch, tmp_path):
    """Trusts one identity provider at a port of this machine."""

    def trust(port: int, ca_file: bytes | None = None) -> None:
        said = {"issuer": f"http://127.0.0.1:{port}", "audience": "ucs"}
        if ca_file is not None:
            (tmp_path / "ca.pem").write_bytes(ca_file)
            said["ca_file"] = str(tmp_path / "ca.pem")
        monkeypatch.setenv("UCS_ISSUERS", json.dumps([said]))

    return trust


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_this_machine_has_what_is_needed():
    assert machine_checks.check_libraries("libraries").verdict is Verdict.OK
    assert machine_checks.check_language("language").verdict is Verdict.OK
    assert missing_sqlite_features() == []


def test_little_room_is_told_and_no_room_fails(monkeypatch, tmp_path):
    monkeypatch.setenv("UCS_DATABASE_URL", f"sqlite:///{tmp_path}/not/yet/ucs.db")
    monkeypatch.setenv("UCS_KEY_FILE", str(tmp_path / "key.pem"))
    plenty = machine_checks.check_room("room", least=1, wanted=2)
    assert (plenty.verdict, str(tmp_path) in plenty.text) == (Verdict.OK, True)
    little = machine_checks.check_room("room", least=1, wanted=2**60)
    assert (little.verdict, "UCS_DATABASE_URL" in little.advice) == (Verdict.WARN, True)
    assert machine_checks.check_room("room", least=2**60, wanted=2**60).verdict is Verdict.FAIL


def test_few_files_are_told():
    assert machine_checks.check_files("files", wanted=1).verdict is Verdict.OK
    few = machine_checks.check_files("files", wanted=2**62)
    assert (few.verdict, few.advice.startswith("ulimit -n ")) == (Verdict.WARN, True)


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        (a_token(int((NOW + timedelta(hours=2)).timestamp())), Verdict.OK),
        (a_token(int((NOW + timedelta(minutes=2)).timestamp())), Verdict.WARN),
        (a_token(int((NOW - timedelta(hours=2)).timestamp())), Verdict.WARN),
        (a_token("soon"), Verdict.WARN),
        (a_token(1e300), Verdict.WARN),
        ("nonsense", Verdict.WARN),
        ("a.b.c", Verdict.WARN),
        (None, Verdict.OK),
    ],
    ids=["later", "soon", "earlier", "no number", "beyond all time", "no token", "no payload", "none"],
)
def test_a_token_that_ends_is_told(monkeypatch, tmp_path, token, verdict):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("UCS_TOKEN", raising=False)
    if token is not None:
        monkeypatch.setenv("UCS_TOKEN", token)
    found = machine_checks.check_token("token")
    assert found.verdict is verdict
    assert (found.advice != "") == (verdict is Verdict.WARN)
    assert token is None or token not in found.text + found.advice


def test_an_identity_provider_that_does_not_answer_is_told(monkeypatch, issuer, listening):
    assert machine_checks.check_issuers("issuers").verdict is Verdict.OK
    issuer(listening)
    assert machine_checks.check_issuers("issuers").verdict is Verdict.OK
    issuer(1)
    found = machine_checks.check_issuers("issuers")
    assert (found.verdict, found.text) == (Verdict.WARN, "nobody answers at 127.0.0.1:1")
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert machine_checks.check_issuers("issuers").text == "127.0.0.1:1 无响应"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (a_certificate(365), None),
        (a_certificate(3), f"ends at {NOW + timedelta(days=3):%Y-%m-%d}"),
        (a_certificate(365) + a_certificate(-1), "a certificate in"),
        (b"nothing of the kind", "holds no certificate in PEM"),
    ],
)
def test_an_authority_whose_certificate_ends_is_told(issuer, listening, content, told):
    issuer(listening, content)
    found = machine_checks.check_issuers("issuers")
    assert (found.verdict, told or "") == (
        Verdict.WARN if told else Verdict.OK,
        told if told and told in found.text else "",
    )


def test_a_server_tells_its_version(postgres_url, sqlite_url, monkeypatch):
    assert server_version(sqlite_url) is None
    assert server_version(postgres_url)[0] >= 15
    monkeypatch.setenv("UCS_DATABASE_URL", postgres_url)
    found = machine_checks.check_server("server")
    assert (found.verdict, found.text.startswith("PostgreSQL 1")) == (Verdict.OK, True)


def test_a_folder_that_may_not_be_written_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("UCS_DATABASE_URL", "sqlite:////proc/ucs/ucs.db")
    monkeypatch.setenv("UCS_KEY_FILE", str(tmp_path / "key.pem"))
    found = machine_checks.check_room("room", least=1, wanted=1)
    # Whoever may do anything may write there as far as the system tells, and finds no room.
    assert found.verdict is not Verdict.OK
    assert str(Path("/proc")) in found.text
