from ucs_sdk.testing import Rehearsal


def test_fifty_millimetres_are_a_rainstorm():
    answer = Rehearsal(__file__).call("{{cookiecutter.name}}.grade", {"mm": 50})
    assert answer == {"name": "暴雨"}
