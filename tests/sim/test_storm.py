"""A short storm over a platform that serves in a process of its own: a few places, played quickly, once with a power cut."""

import asyncio
import json
import threading
from pathlib import Path

import pytest

from ucs_core.cli.output import Output
from ucs_core.cli.storm.story import Story, play
from ucs_core.demo.storms import storms
from ucs_core.profile import write_profile
from ucs_sdk.launcher import main

SPEED = 1_200
PLACES = {"QD-RJ-RAIL", "QD-QH-1", "QD-HQ-SQ", "spot-cy"}


def short(storm):
    """The storm at a few of its places."""
    return storm._replace(floods=tuple(each for each in storm.floods if each.spot.code in PLACES))


def played(city, *chosen, output=None):
    story = Story(tuple(map(short, chosen)), 1, SPEED)
    return asyncio.run(play(output or Output(as_json=True), city.profile, story))


class Listening(Output):
    """An output that notices when the first case is dispatched."""

    def __init__(self):
        super().__init__(as_json=True)
        self.dispatched = threading.Event()
        self.told = []

    def note(self, text):
        self.told.append(text)
        if "dispatched" in text:
            self.dispatched.set()


@pytest.fixture
def profile(city):
    write_profile(city.profile.http, city.profile.grpc, Path(city.profile.tokens_file))
    return city.profile


def test_a_storm_becomes_one_case_for_each_place_dispatched_and_closed(city, capfd):
    counted, away = played(city, *storms())
    assert counted[:6] == (5, 5, 5, 5, 0, 0)
    assert counted.detection_to_dispatch_p99_s is not None
    assert away == 0.0
    told = capfd.readouterr()
    # The story is for people: it is told beside the one line for machines.
    assert told.out == ""
    assert "Ruijin Road railway bridge" in told.err
    assert "Reported at 19:32: 177 cm" in told.err
    assert "dispatched → Qingdao Water Drainage Company" in told.err
    assert "dispatched → Qingdao Water Bureau" in told.err


def test_a_platform_that_is_killed_amid_the_storm_loses_and_doubles_nothing(city):
    output, outcomes = Listening(), []
    storm = threading.Thread(target=lambda: outcomes.append(played(city, storms()[0], output=output)))
    storm.start()
    assert output.dispatched.wait(60)
    city.kill()
    city.start()
    storm.join(120)
    [(counted, away)] = outcomes
    assert counted[:6] == (3, 3, 3, 3, 0, 0)
    assert away > 0.0
    assert any("The platform answers again after" in line for line in output.told)


def test_the_verb_ends_with_one_line_of_json(profile, capfd):
    assert main(["sim", "storm", "--speed", str(SPEED), "--seed", "7", "--storm", "2022-09-15"]) == 0
    *story, last = capfd.readouterr().out.splitlines()
    counted = json.loads(last)
    assert list(counted) == [
        "events",
        "cases",
        "dispatched",
        "closed",
        "lost",
        "doubled",
        "detection_to_dispatch_p99_s",
        "seed",
    ]
    assert (counted["cases"], counted["lost"], counted["doubled"], counted["seed"]) == (9, 0, 0, 7)
    assert "9 events, 9 cases: 9 dispatched, 9 closed; 0 lost, 0 doubled." in story


def test_a_platform_without_the_capability_is_told_what_is_missing(profile, capsys):
    assert main(["plugin", "disable", "waterlogging", "--reason", "test", "--as", "platform-admin"]) == 0
    try:
        assert main(["sim", "storm"]) == 6
        assert "waterlogging is not enabled" in capsys.readouterr().err
    finally:
        assert main(["plugin", "enable", "waterlogging", "--as", "platform-admin"]) == 0
