"""Checkpoints are signed as notes that known verifiers read; a note that no key of the hub has signed is not trusted."""

import base64
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.key_ring import KeyRing
from ucs_core.access.log_keys import LogKey, LogSigner
from ucs_core.access.thumbprints import thumbprint

# The example of Go's golang.org/x/mod/sumdb/note, which the format comes from.
GO_SECRET = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
TEXT = "harbour\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nat 2026-01-01T00:00:00.000000Z\n"


def ring(*keys, public=()):
    known = [key.public_key() for key in keys] + list(public)
    return KeyRing(private=keys, public={thumbprint(key): key for key in known})


OLD, NEW, STRANGER = (Ed25519PrivateKey.generate() for _ in range(3))


def test_a_note_is_signed_as_the_known_example_is():
    signer = LogSigner(ring(Ed25519PrivateKey.from_private_bytes(GO_SECRET)), "PeterNeumann")
    assert signer.verification_keys == [GO_KEY]
    assert signer.sign(GO_TEXT) == f"{GO_TEXT}\n{GO_SIGNATURE}\n"
    assert signer.trusts(f"{GO_TEXT}\n{GO_SIGNATURE}\n")


def test_every_key_of_the_ring_signs_the_newest_first():
    note = LogSigner(ring(NEW, OLD), "harbour").sign(TEXT)
    assert re.findall(r"^— (\S+) ", note, re.MULTILINE) == ["harbour", "harbour"]
    for key in (NEW, OLD):
        assert LogSigner(ring(key), "harbour").trusts(note)


def test_an_earlier_key_stays_trusted_without_its_secret():
    note = LogSigner(ring(OLD), "harbour").sign(TEXT)
    assert LogSigner(ring(NEW, public=[OLD.public_key()]), "harbour").trusts(note)
    assert not LogSigner(ring(NEW), "harbour").trusts(note)


def test_the_signature_of_a_stranger_neither_helps_nor_hurts():
    strange = LogSigner(ring(STRANGER), "witness").sign(TEXT).removeprefix(f"{TEXT}\n")
    signer = LogSigner(ring(NEW), "harbour")
    assert signer.trusts(signer.sign(TEXT) + strange)
    assert not signer.trusts(f"{TEXT}\n{strange}")


def test_a_key_of_another_name_is_another_key():
    note = LogSigner(ring(NEW), "harbor").sign(TEXT)
    assert not LogSigner(ring(NEW), "harbour").trusts(note)
    assert not LogSigner(ring(NEW), "harbour").trusts(note.replace("— harbor ", "— harbour "))


def _mutations(note):
    head, _, line = note.rpartition("\n\n")
    signed = line.split(" ")[2].rstrip("\n")
    forged = base64.b64encode(LogKey(name="harbour", public=NEW.public_key()).hash + b"\0" * 64).decode()
    return {
        "size": note.replace("\n7\n", "\n8\n"),
        "no signature": f"{head}\n\n",
        "no line": f"{head}\n",
        "no newline at the end": note.rstrip("\n"),
        "an empty line in the text": note.replace("\n7\n", "\n\n7\n"),
        "a hyphen": note.replace("— ", "- "),
        "base64 with junk": note.replace(signed, f"{signed}!!"),
        "cut short": note.replace(signed, signed[:-12]),
        "a second signature that does not hold": f"{note}— harbour {forged}\n",
        "a malformed line beside": f"{note}—harbour\n",
        "a control character": note.replace("harbour\n7", "harbour\r\n7"),
        "a text after": f"{note}x",
        "a hundred lines": note + "".join(f"— other {signed}\n" for _ in range(100)),
        "empty": "",
    }


MUTATIONS = _mutations(LogSigner(ring(NEW), "harbour").sign(TEXT))


@pytest.mark.parametrize("note", MUTATIONS.values(), ids=MUTATIONS)
def test_what_is_not_signed_whole_is_not_trusted(note):
    assert not LogSigner(ring(NEW), "harbour").trusts(note)


@pytest.mark.parametrize("text", ["", "no newline", "a\n\nb\n", "a\x00b\n", "a\tb\n"])
def test_what_could_not_be_read_back_is_not_signed(text):
    with pytest.raises(ValueError, match="a text that is signed"):
        LogSigner(ring(NEW), "harbour").sign(text)


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_a_note_cannot_hold_is_refused(origin):
    with pytest.raises(ValueError, match="cannot name a key"):
        LogSigner(ring(NEW), origin)


def test_a_running_signer_takes_up_a_rotated_key(tmp_path):
    path = tmp_path / "log-key.pem"
    signer = LogSigner.load_or_create(path, "harbour")
    [earlier] = signer.verification_keys
    signer._file._looked -= 2
    KeyRing.rotate(path)
    assert signer.sign(TEXT).count("\n— harbour ") == 2
    assert signer.verification_keys[1] == earlier


def test_a_check_of_names_alone_would_be_found():
    """The twin: it believes whatever names a key of the hub."""

    class Credulous(LogSigner):
        def trusts(self, note):
            return any(
                base64.b64decode(signed + "===")[:4] == key.hash
                for key in self.keys
                for signed in re.findall(r"^— \S+ ([A-Za-z0-9+/]+)", note, re.MULTILINE)
            )

    assert Credulous(ring(NEW), "harbour").trusts(MUTATIONS["size"])
