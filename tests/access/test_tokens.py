"""Forged, stale and mis-aimed tokens do not pass; a plain signature check lets some of them through."""

import base64
import hashlib
import hmac
import json
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ucs_core.access import LocalIssuer, TokenVerifier
from ucs_core.access.thumbprints import thumbprint as key_id
from ucs_core.access.tokens import AUDIENCE, ISSUER, SIZE_MOST, TokenProfile
from ucs_sdk import FailedPrecondition, Unauthenticated
from ucs_sdk.messages import Locale

# The library that the twin uses looks at the machine's clock, so ours starts there.
NOW = int(time.time())
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KID = key_id(KEY.public_key())
HEADER = {"alg": "EdDSA", "typ": "at+jwt", "kid": KID}
CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "ada",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 3600,
    "jti": "01JD0000000000000000000000",
}
PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def segment(value):
    return encoded(value if isinstance(value, bytes) else json.dumps(value).encode())


def token(header=None, claims=None, key=KEY, sign=None):
    """A token put together by hand. Changes of None take a header or claim away; bytes replace the whole."""

    def merged(base, changes):
        if isinstance(changes, bytes):
            return changes
        return {name: value for name, value in (base | (changes or {})).items() if value is not None}

    signed = f"{segment(merged(HEADER, header))}.{segment(merged(CLAIMS, claims))}"
    return f"{signed}.{encoded((sign or key.sign)(signed.encode()))}"


def hmac_of(key):
    return lambda data: hmac.new(key, data, hashlib.sha256).digest()


def relabelled(text):
    head, _, rest = text.partition(".")
    return f"{segment(json.loads(base64.urlsafe_b64decode(head + '==')) | {'typ': 'JWT'})}.{rest}"


def flipped(text, at):
    byte = "A" if text[at] != "A" else "B"
    return text[:at] + byte + text[at + 1 :]


GOOD = token()
HEAD, BODY, SIGNATURE = GOOD.split(".")
JWK = {"kty": "OKP", "crv": "Ed25519", "x": encoded(OTHER.public_key().public_bytes_raw())}

MALFORMED = {
    "nothing": "",
    "a word": "token",
    "two dots": "..",
    "two parts": f"{HEAD}.{BODY}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "five parts": f"{GOOD}.{SIGNATURE}.{SIGNATURE}",
    "no signature": f"{HEAD}.{BODY}.",
    "no claims": f"{HEAD}..{SIGNATURE}",
    "a trailing newline": GOOD + "\n",
    "a leading blank": " " + GOOD,
    "trailing bytes": GOOD + "!!",
    "padding": GOOD + "==",
    "a null byte": GOOD + "\x00",
    "full-width dots": GOOD.replace(".", "．"),
    "letters that look alike": GOOD.replace("e", "е"),
    "an emoji": "🙂.🙂.🙂",
    "too large": token(claims={"note": "x" * SIZE_MOST}),
    "endless": "a" * 1_000_000 + ".b.c",
    "a header that is no JSON": token(header=b"{not json"),
    "a header in UTF-16": token(header=json.dumps(HEADER).encode("utf-16")),
    "a header that is a list": token(header=b"[]"),
    "a deep header": token(header=b"[" * 2000 + b"]" * 2000),
    "a header with alg twice": token(
        header=b'{"alg":"none","typ":"at+jwt","kid":"' + KID.encode() + b'","alg":"EdDSA"}'
    ),
    "claims that are a list": token(claims=b"[1]"),
    "claims with sub twice": token(claims=json.dumps(CLAIMS)[:-1].encode() + b', "sub": "root"}'),
}
UNTRUSTED = {
    "alg none": token({"alg": "none"}),
    "alg none, unsigned": f"{segment(HEADER | {'alg': 'none'})}.{BODY}.AA",
    "alg NONE": token({"alg": "NONE"}),
    "alg HS256 by the public key in PEM": token({"alg": "HS256"}, sign=hmac_of(PUBLIC_PEM)),
    "alg HS256 by the raw public key": token({"alg": "HS256"}, sign=hmac_of(KEY.public_key().public_bytes_raw())),
    "alg RS256": token({"alg": "RS256"}),
    "alg ES256": token({"alg": "ES256"}),
    "alg eddsa": token({"alg": "eddsa"}),
    "no alg": token({"alg": None}),
    "alg a list": token({"alg": ["EdDSA"]}),
    "another key": token(key=OTHER),
    "another key under its own id": token({"kid": key_id(OTHER.public_key())}, key=OTHER),
    "an unknown kid": token({"kid": "unknown"}),
    "no kid": token({"kid": None}),
    "kid a path": token({"kid": "../../dev/null"}),
    "kid a number": token({"kid": 7}),
    "typ JWT": token({"typ": "JWT"}),
    "no typ": token({"typ": None}),
    "an ID token": token({"typ": "id+jwt"}),
    "crit": token({"crit": ["exp"]}),
    "crit of what PyJWT knows": token({"crit": ["b64"], "b64": True}),
    "detached": token({"crit": ["b64"], "b64": False}),
    "an embedded key": token({"jwk": JWK}, key=OTHER),
    "a key by address": token({"jku": "https://keys.example/"}),
    "a certificate by address": token({"x5u": "https://keys.example/"}),
    "an embedded certificate": token({"x5c": ["AAAA"]}),
    "compressed": token({"zip": "DEF"}),
    "the header changed": relabelled(GOOD),
    "a claim changed": f"{HEAD}.{segment(CLAIMS | {'sub': 'root'})}.{SIGNATURE}",
    "the signature changed": flipped(GOOD, -20),
    "the signature of another token": f"{HEAD}.{BODY}.{token(claims={'jti': 'x'}).split('.')[2]}",
    "a signature cut short": GOOD[:-8],
    "a signature with bits to spare": GOOD[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[GOOD[-1]],
}
CLAIM_VECTORS = {
    **{f"no {name}": (token(claims={name: None}), name) for name in CLAIMS},
    "iss another": (token(claims={"iss": "urn:other"}), "iss"),
    "iss a list": (token(claims={"iss": [ISSUER]}), "iss"),
    "aud another": (token(claims={"aud": "urn:other"}), "aud"),
    "aud a list": (token(claims={"aud": [AUDIENCE]}), "aud"),
    "aud empty": (token(claims={"aud": ""}), "aud"),
    "sub a number": (token(claims={"sub": 7}), "sub"),
    "sub empty": (token(claims={"sub": ""}), "sub"),
    "sub a name": (token(claims={"sub": "principals/ada"}), "sub"),
    "sub with a newline": (token(claims={"sub": "ada\n"}), "sub"),
    "jti a number": (token(claims={"jti": 7}), "jti"),
    "jti empty": (token(claims={"jti": ""}), "jti"),
    "exp a text": (token(claims={"exp": str(NOW + 600)}), "exp"),
    "exp a fraction": (token(claims={"exp": NOW + 60.5}), "exp"),
    "exp true": (token(claims={"exp": True}), "exp"),
    "exp infinite": (token(claims={"exp": float("inf")}), "exp"),
    "iat a text": (token(claims={"iat": str(NOW)}), "iat"),
    "iat not a number": (token(claims={"iat": float("nan")}), "iat"),
    "nbf a list": (token(claims={"nbf": [NOW]}), "nbf"),
}
TIMES = {
    "expired": (token(claims={"iat": NOW - 100, "nbf": NOW - 100, "exp": NOW - 6}), "TOKEN_EXPIRED"),
    "long expired": (token(claims={"iat": 1, "nbf": 1, "exp": 2}), "TOKEN_EXPIRED"),
    "not yet": (token(claims={"nbf": NOW + 60}), "TOKEN_NOT_YET_VALID"),
    "issued tomorrow": (
        token(claims={"iat": NOW + 86400, "nbf": NOW, "exp": NOW + 90000}),
        "TOKEN_NOT_YET_VALID",
    ),
    "alive for a year": (token(claims={"exp": NOW + 365 * 86400}), "TOKEN_LIFETIME_INVALID"),
    "a second too long": (token(claims={"exp": NOW + 86401}), "TOKEN_LIFETIME_INVALID"),
    "alive for ever": (token(claims={"exp": 10**30}), "TOKEN_LIFETIME_INVALID"),
    "over before it begins": (token(claims={"exp": NOW - 1}), "TOKEN_LIFETIME_INVALID"),
    "beyond all clocks": (token(claims={"iat": 10**30, "nbf": 0, "exp": 10**30 + 60}), "TOKEN_NOT_YET_VALID"),
}
VECTORS = (
    [(name, text, "TOKEN_MALFORMED") for name, text in MALFORMED.items()]
    + [(name, text, "TOKEN_UNTRUSTED") for name, text in UNTRUSTED.items()]
    + [(name, text, "TOKEN_CLAIM_INVALID") for name, (text, _) in CLAIM_VECTORS.items()]
    + [(name, text, reason) for name, (text, reason) in TIMES.items()]
)


class Clock:
    def __init__(self):
        self.now = float(NOW)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def verifier(clock):
    return TokenVerifier({KID: KEY.public_key()}, now=clock)


def test_a_good_token_names_its_principal(verifier):
    verified = verifier.verify(GOOD)
    assert (verified.principal, verified.token_id) == ("ada", CLAIMS["jti"])
    assert verified.expires_at.timestamp() == CLAIMS["exp"]


@pytest.mark.parametrize(("name", "text", "reason"), VECTORS, ids=[name for name, _, _ in VECTORS])
def test_a_bad_token_is_refused(verifier, name, text, reason):
    for _ in range(2):
        with pytest.raises(Unauthenticated) as refusal:
            verifier.verify(text)
        assert refusal.value.reason == reason


@pytest.mark.parametrize(("text", "claim"), CLAIM_VECTORS.values(), ids=CLAIM_VECTORS.keys())
def test_a_refused_claim_is_named_and_nothing_of_its_value(verifier, text, claim):
    with pytest.raises(Unauthenticated) as refusal:
        verifier.verify(text)
    assert refusal.value.fields == {"claim": claim}


def test_a_refusal_tells_nothing_of_the_token(verifier):
    for _, text, _ in VECTORS:
        with pytest.raises(Unauthenticated) as refusal:
            verifier.verify(text)
        for locale in Locale:
            message = refusal.value.message(locale)
            assert "{" not in message
            assert not any(part in message for part in ("ada", "root", "urn:", KID, "unknown"))


def test_a_plain_signature_check_lets_some_through():
    """The twin: PyJWT asked for the signature and nothing else."""
    passed = set()
    for name, text, _ in VECTORS:
        try:
            options = {"verify_aud": False}
            jwt.decode(text, KEY.public_key(), algorithms=["EdDSA"], options=options)
            passed.add(name)
        except jwt.PyJWTError:
            continue
    assert passed >= {
        "typ JWT",
        "an ID token",
        "an unknown kid",
        "a key by address",
        "claims with sub twice",
        "alive for a year",
        "iss another",
        "aud another",
        "no exp",
        "no sub",
        "sub empty",
        "exp a text",
        "too large",
    }


def test_the_order_of_checks_hides_claims_behind_the_signature(verifier):
    with pytest.raises(Unauthenticated, match="TOKEN_UNTRUSTED"):
        verifier.verify(token(claims={"iss": "urn:other", "exp": 1}, key=OTHER))


@pytest.mark.parametrize(("moved", "passes"), [(-5, True), (-6, False), (3604, True), (3605, False)])
def test_clocks_may_be_five_seconds_apart(verifier, clock, moved, passes):
    clock.now += moved
    if passes:
        assert verifier.verify(GOOD).principal == "ada"
    else:
        with pytest.raises(Unauthenticated):
            verifier.verify(GOOD)


def test_a_wider_leeway_cannot_be_asked_for():
    with pytest.raises(ValueError, match="leeway"):
        TokenProfile(leeway=timedelta(seconds=6))


def test_a_shorter_cap_on_lifetimes_holds(clock):
    verifier = TokenVerifier({KID: KEY.public_key()}, TokenProfile(lifetime_most=timedelta(minutes=30)), now=clock)
    with pytest.raises(Unauthenticated, match="TOKEN_LIFETIME_INVALID"):
        verifier.verify(GOOD)


class TestMemory:
    """Verified tokens are remembered, within bounds, and never longer than they live."""

    def test_a_remembered_token_ends_with_its_time(self, verifier, clock):
        verifier.verify(GOOD)
        clock.now = CLAIMS["exp"] + 5
        for _ in range(2):
            with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
                verifier.verify(GOOD)
        assert len(verifier._remembered) == 0

    def test_a_remembered_token_ends_with_its_key(self, verifier):
        verifier.verify(GOOD)
        verifier.trust({key_id(OTHER.public_key()): OTHER.public_key()})
        with pytest.raises(Unauthenticated, match="TOKEN_UNTRUSTED"):
            verifier.verify(GOOD)

    def test_what_was_refused_is_not_remembered(self, verifier):
        for _, text, _ in VECTORS:
            with pytest.raises(Unauthenticated):
                verifier.verify(text)
        assert len(verifier._remembered) == 0

    def test_a_token_that_resembles_a_remembered_one_is_verified(self, verifier):
        verifier.verify(GOOD)
        with pytest.raises(Unauthenticated):
            verifier.verify(flipped(GOOD, -20))

    def test_memory_is_bounded(self, clock):
        verifier = TokenVerifier({KID: KEY.public_key()}, cached_most=10, now=clock)
        for number in range(30):
            verifier.verify(token(claims={"jti": f"t{number}"}))
        assert len(verifier._remembered) == 10


class TestLocalIssuer:
    """The issuer of a node that has no identity provider."""

    def test_its_tokens_pass_its_verifier(self, tmp_path, clock):
        issuer = LocalIssuer.load_or_create(tmp_path / "var" / "key.pem", now=clock)
        issued = issuer.issue("ada", lifetime=timedelta(hours=12))
        verified = issuer.verifier().verify(issued)
        assert verified.principal == "ada"
        assert verified.expires_at.timestamp() == NOW + 12 * 3600
        assert issued != issuer.issue("ada", lifetime=timedelta(hours=12))

    def test_the_key_is_kept_for_its_owner_alone(self, tmp_path):
        path = tmp_path / "var" / "key.pem"
        first = LocalIssuer.load_or_create(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [item.name for item in path.parent.iterdir()] == ["key.pem"]
        token = LocalIssuer.load_or_create(path).issue("ada", lifetime=timedelta(minutes=1))
        assert first.verifier().verify(token).principal == "ada"

    def test_two_nodes_do_not_trust_each_other(self, tmp_path):
        one, other = (LocalIssuer.load_or_create(tmp_path / name) for name in ("one.pem", "other.pem"))
        with pytest.raises(Unauthenticated, match="TOKEN_UNTRUSTED"):
            one.verifier().verify(other.issue("ada", lifetime=timedelta(minutes=1)))

    def test_processes_that_start_at_once_share_one_key(self, tmp_path):
        with ThreadPoolExecutor(8) as pool:
            issuers = list(pool.map(lambda _: LocalIssuer.load_or_create(tmp_path / "key.pem"), range(8)))
        assert len({kid for issuer in issuers for kid in issuer.public_keys}) == 1
        assert [item.name for item in tmp_path.iterdir()] == ["key.pem"]

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
    def test_an_exposed_key_is_not_used(self, tmp_path, mode):
        path = tmp_path / "key.pem"
        LocalIssuer.load_or_create(path)
        path.chmod(mode)
        with pytest.raises(FailedPrecondition, match="KEY_FILE_EXPOSED"):
            LocalIssuer.load_or_create(path)

    @pytest.mark.parametrize("kind", ["empty", "text", "public", "rsa"])
    def test_another_file_is_not_taken_for_a_key(self, tmp_path, kind):
        path = tmp_path / "key.pem"
        rsa = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes({"empty": b"", "text": b"no key", "public": PUBLIC_PEM, "rsa": rsa}[kind])
        path.chmod(0o600)
        with pytest.raises(FailedPrecondition, match="KEY_FILE_INVALID"):
            LocalIssuer.load_or_create(path)
        assert path.exists()

    @pytest.mark.parametrize("lifetime", [timedelta(), timedelta(hours=-1), timedelta(hours=25)])
    def test_a_token_beyond_the_cap_is_not_issued(self, lifetime):
        with pytest.raises(ValueError, match="lifetime"):
            LocalIssuer(KEY).issue("ada", lifetime=lifetime)
