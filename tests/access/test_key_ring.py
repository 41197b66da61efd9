"""Keys are kept in one file, rotated whole or not at all, and noticed by those that run."""

import multiprocessing
import os
import signal
import stat

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ucs_core.access.key_ring import KEYS_MOST, KeyFile, KeyRing
from ucs_sdk import FailedPrecondition


def private_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def write(path, *blocks):
    path.touch(mode=0o600)
    path.write_bytes(b"".join(blocks))
    return path


ONE, TWO = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def test_the_first_block_signs_and_all_are_trusted(tmp_path):
    ring = KeyRing.load(write(tmp_path / "k.pem", private_pem(ONE), b"\n# the one before\n", public_pem(TWO)))
    assert ring.signing.private_bytes_raw() == ONE.private_bytes_raw()
    assert [key.public_bytes_raw() for key in ring.public.values()] == [
        ONE.public_key().public_bytes_raw(),
        TWO.public_key().public_bytes_raw(),
    ]
    assert len(ring.private) == 1


@pytest.mark.parametrize(
    "blocks",
    [
        (public_pem(ONE), private_pem(TWO)),
        (public_pem(ONE),),
        (private_pem(ONE), private_pem(X25519PrivateKey.generate())),
        (private_pem(ONE), public_pem(X25519PrivateKey.generate())),
        (private_pem(ONE), private_pem(TWO).replace(b"M", b"!", 1)),
        (private_pem(ONE).replace(b"PRIVATE KEY", b"CERTIFICATE"),),
        (private_pem(ONE)[:-30],),
        (private_pem(ONE),) * (KEYS_MOST + 1),
        (),
    ],
)
def test_what_is_no_ring_is_refused(tmp_path, blocks):
    with pytest.raises(FailedPrecondition, match="KEY_FILE_INVALID"):
        KeyRing.load(write(tmp_path / "k.pem", *blocks))


def test_rotation_puts_a_new_key_before_the_earlier_ones(tmp_path):
    path = tmp_path / "k.pem"
    first = KeyRing.load_or_create(path)
    second = KeyRing.rotate(path)
    third = KeyRing.rotate(path)
    assert list(third.public)[1:] == list(second.public)
    assert list(second.public)[1:] == list(first.public)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["k.pem"]


def test_an_exposed_or_broken_file_is_not_rotated(tmp_path):
    path = write(tmp_path / "k.pem", b"no key")
    with pytest.raises(FailedPrecondition, match="KEY_FILE_INVALID"):
        KeyRing.rotate(path)
    assert path.read_bytes() == b"no key"
    with pytest.raises(FailedPrecondition, match="KEY_FILE_MISSING"):
        KeyRing.rotate(tmp_path / "none.pem")


def test_a_full_ring_is_not_broken_by_one_key_more(tmp_path):
    keys = [Ed25519PrivateKey.generate() for _ in range(KEYS_MOST)]
    path = write(tmp_path / "k.pem", *map(private_pem, keys))
    with pytest.raises(FailedPrecondition, match="KEY_RING_FULL"):
        KeyRing.rotate(path)
    assert len(KeyRing.load(path).public) == KEYS_MOST


def test_a_rotation_in_place_would_be_found(tmp_path):
    """The twin: it writes into the file that others read, and is killed half way."""
    path = tmp_path / "k.pem"
    KeyRing.load_or_create(path)
    whole = private_pem(TWO) + path.read_bytes()
    path.write_bytes(whole[: len(private_pem(TWO)) // 2])
    with pytest.raises(FailedPrecondition, match="KEY_FILE_INVALID"):
        KeyRing.load(path)


def _rotate_some(path, number):
    for _ in range(number):
        KeyRing.rotate(path)


def test_a_rotation_that_is_killed_leaves_a_whole_ring(tmp_path):
    path = tmp_path / "k.pem"
    KeyRing.load_or_create(path)
    context = multiprocessing.get_context("fork")
    for _ in range(10):
        worker = context.Process(target=_rotate_some, args=(path, 50))
        worker.start()
        before = path.stat().st_ino
        while path.stat().st_ino == before and worker.is_alive():
            os.sched_yield()
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        ring = KeyRing.load(path)
        assert ring.public
        write(path, private_pem(ring.signing))


def test_rotations_at_once_lose_no_key(tmp_path):
    path = tmp_path / "k.pem"
    KeyRing.load_or_create(path)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_rotate_some, args=(path, 5)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(KeyRing.load(path).public) == 21


class TestKeyFile:
    """A file that is watched, by looking at it once a second at most."""

    @pytest.fixture
    def now(self):
        return [0.0]

    @pytest.fixture
    def file(self, tmp_path, now):
        KeyRing.load_or_create(tmp_path / "k.pem")
        return KeyFile(tmp_path / "k.pem", lambda: now[0])

    def test_a_change_is_noticed_within_a_second(self, file, tmp_path, now):
        made = KeyRing.rotate(tmp_path / "k.pem")
        assert not file.look()
        now[0] = 1.0
        assert file.look()
        assert list(file.ring.public) == list(made.public)
        now[0] = 2.0
        assert not file.look()

    @pytest.mark.parametrize("broken", ["missing", "empty", "exposed"])
    def test_a_file_that_cannot_be_used_changes_nothing_and_is_told_of_once(self, file, tmp_path, now, broken):
        path = tmp_path / "k.pem"
        before = list(file.ring.public)
        kept = path.read_bytes()
        if broken == "missing":
            path.unlink()
        else:
            write(path, b"" if broken == "empty" else kept + kept)
            path.chmod(0o600 if broken == "empty" else 0o644)
        with structlog.testing.capture_logs() as told:
            for second in (1.0, 2.0, 3.0):
                now[0] = second
                assert not file.look()
        assert list(file.ring.public) == before
        assert [line["event"] for line in told] == ["key_file_unusable"]
        path.unlink(missing_ok=True)
        write(path, kept)
        now[0] = 4.0
        assert file.look()
