from ucs_sdk.testing import Rehearsal


def test_a_rainstorm_is_kept_and_called_out():
    stage = Rehearsal(__file__)
    stage.deliver("city.rain.measured.v1", {"gauge": "R07", "mm": 63})
    assert stage.records("readings") == {"R07": {"gauge": "R07", "mm": 63}}
    assert [event.type for event in stage.emitted] == ["city.{{cookiecutter.name}}.heavy.v1"]
