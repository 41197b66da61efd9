"""The process's own log tells what went wrong, and nothing that was in a variable."""

import json

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
