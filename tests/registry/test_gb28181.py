"""Channel codes of GB/T 28181: which are taken, and what is said of the others."""

from __future__ import annotations

import pytest

from ucs_registry.gb28181 import CHANNEL_TYPES, OTHER_TYPES, parse_code, problem_with
from ucs_sdk.messages import Locale
from ucs_sdk.wording.members import DEVICES

CAMERA = "37020200001320000001"


def test_parts_of_a_code_are_told() -> None:
    code = parse_code("37020201081311000042")
    assert (code.centre, code.industry, code.type, code.network, code.serial) == (
        "37020201",
        "08",
        "131",
        "1",
        "000042",
    )
    assert code.division == "370202"


@pytest.mark.parametrize("type", CHANNEL_TYPES)
def test_channels_are_taken(type: str) -> None:
    assert problem_with(f"3702020000{type}0000001") is None


@pytest.mark.parametrize(
    ("code", "said", "in_chinese"),
    [
        ("", "has 0 characters", "共 0 位"),
        (CAMERA[:-1], "has 19 characters", "共 19 位"),
        (CAMERA + "1", "has 21 characters", "共 21 位"),
        (CAMERA * 1_000, "has 20000 characters", "共 20000 位"),
        (CAMERA[:4] + "x" + CAMERA[5:], "character 5 is 'x'", "第 5 位为 x"),
        ("３" + CAMERA[1:], "character 1 is '３'", "第 1 位为 ３"),
        (CAMERA[:-1] + "²", "character 20 is '²'", "第 20 位为 ²"),
        (" " + CAMERA[1:], "character 1 is ' '", "第 1 位为"),
        (CAMERA + "x", "has 21 characters", "共 21 位"),
        ("99" + CAMERA[2:], "digits 1 and 2 are 99", "第 1、2 位为 99"),
        ("37020200002000000001", "200 (signalling server), which is no channel", "200（中心信令控制服务器），不是通道"),
        ("37020200001180000001", "118 (network video recorder)", "118（网络录像机）"),
        ("37020200009990000001", "999, which is no type of a channel", "999，不是通道类型"),
    ],
)
def test_what_is_wrong_with_a_code_is_said_by_its_digits(code: str, said: str, in_chinese: str) -> None:
    problem = problem_with(code)
    assert problem is not None
    assert said in problem.worded(Locale.EN)
    assert in_chinese in problem.worded(Locale.ZH)


def test_code_of_another_form_has_no_parts() -> None:
    with pytest.raises(ValueError, match="19 characters"):
        parse_code(CAMERA[:-1])
    # A server has a code, too; it is only no channel.
    assert parse_code("37020200002000000001").type == "200"


def test_every_device_that_is_named_has_a_name() -> None:
    assert set(DEVICES) == OTHER_TYPES
    assert not OTHER_TYPES & set(CHANNEL_TYPES)
