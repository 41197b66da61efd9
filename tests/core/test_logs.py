"""The process's own log tells what went wrong, and nothing that was in a variable."""

import base64
import io
import json
import logging
from contextlib import redirect_stderr

import pytest
import structlog

from ucs_core.logs import configure_logs

SECRET = "Bearer canary-7f3a"


@pytest.fixture(autouse=True)
def as_before():
    yield
    structlog.reset_defaults()


def _fail():
    token = SECRET
    raise ValueError(f"{len(token)} characters")


def _logged(capsys):
    try:
        _fail()
    except ValueError:
        structlog.get_logger().exception("call_failed", call_id="01")
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_a_failure_is_one_json_line_without_variables(capsys):
    configure_logs()
    out, err = _logged(capsys)
    line = json.loads(err)
    assert (line["event"], line["call_id"], out) == ("call_failed", "01", "")
    assert "ValueError: 18 characters" in line["exception"]
    assert SECRET not in err


def test_unconfigured_the_log_would_tell_the_secret(capsys):
    structlog.reset_defaults()
    assert SECRET in "".join(_logged(capsys))


TOKEN = ".".join(base64.urlsafe_b64encode(b'{"alg":"EdDSA","kid":"canary"}').rstrip(b"=").decode() for _ in "abc")


@pytest.fixture
def lines(capsys, monkeypatch):
    """What some work leaves in the log."""

    def after(work) -> list[dict]:
        monkeypatch.setattr(logging.root, "handlers", [])
        configure_logs()
        work()
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return after


def test_only_the_gist_of_an_exception_is_told(lines):
    def work():
        try:
            try:
                raise KeyError("first")
            except KeyError as cause:
                raise ValueError(f"a row is wrong\nDETAIL: ({SECRET})") from cause
        except ValueError:
            structlog.get_logger().exception("call_failed")

    (line,) = lines(work)
    told = line["exception"]
    assert told.index("KeyError: 'first'") < told.index("of which came") < told.index("ValueError: a row is wrong")
    assert "test_logs.py" in told
    assert SECRET not in told


def test_every_part_of_a_group_is_told(lines):
    group = ExceptionGroup("both", [OSError("one"), TypeError("two")])
    (line,) = lines(lambda: structlog.get_logger().error("failed", exc_info=group))
    assert all(part in line["exception"] for part in ("ExceptionGroup: both", "OSError: one", "TypeError: two"))


def test_what_libraries_log_goes_the_same_way(lines):
    def work():
        try:
            _fail()
        except ValueError:
            logging.getLogger("library").exception("a task has failed with %s", TOKEN)
        logging.getLogger("library").info("this is of no interest")

    (line,) = lines(work)
    assert (line["event"], line["logger"], line["level"]) == ("a task has failed with [token]", "library", "error")
    assert "ValueError: 18 characters" in line["exception"]


def test_secrets_are_struck_out_of_every_field(lines):
    url = "postgresql://ucs:canary@db/ucs"
    (line,) = lines(lambda: structlog.get_logger().warning("odd", address=url, number=3))
    assert (line["address"], line["number"]) == ("postgresql://ucs:[password]@db/ucs", 3)


def test_what_is_said_goes_where_standard_error_is_by_then(capsys):
    with io.StringIO() as closed_since, redirect_stderr(closed_since):
        configure_logs()
    structlog.get_logger().warning("still_heard")
    assert "still_heard" in capsys.readouterr().err
