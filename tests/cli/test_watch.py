"""`ucs watch`: every visible change once, from a position on, and on again where a stream broke off."""

from itertools import islice

import pytest

from ucs_core.cli.output import Answered
from ucs_core.cli.watch import changes
from ucs_sdk.commands import Exit
from ucs_sdk.errors import Code, Unavailable


def test_what_is_entered_is_told(realm, ucs, write, stated):
    new = stated()
    assert ucs("apply", "-f", write(new)).code == Exit.OK
    [heard] = ucs("watch", "--after", "0", "--first", "1", "--kind", "data", "--json").records
    assert (heard["type"], heard["resource"]["code"]) == ("added", new["code"])
    assert f"added   {new['code']}" in ucs("watch", "--after", "0", "--first", "1").out


def test_a_position_that_is_yet_to_come_is_refused(here, ucs):
    refused = ucs("watch", "--after", "99999999")
    assert refused.code == Exit.REFUSED
    assert "The log has no position 99999999" in refused.err


def test_an_owner_that_does_not_exist_is_guessed(here, ucs):
    refused = ucs("watch", "--owner", "qingdao-watr")
    assert refused.code == Exit.REFUSED
    assert "qingdao-water" in refused.err


class Flaky:
    """Streams that break off, one after the other, and what was asked of each."""

    def __init__(self, *streams):
        self.streams = list(streams)
        self.asked = []

    def stream(self, document, after, filter):
        self.asked.append(after)
        for item in self.streams.pop(0):
            if isinstance(item, Exception):
                raise item
            yield {"changes": {"position": item, "type": "modified" if item % 2 else "progress"}}


def gone():
    return Unavailable("PLATFORM_UNREACHABLE", address="here", problem="gone")


def test_a_stream_that_broke_off_is_taken_up_behind_what_was_heard():
    slow = Answered(Code.EXHAUSTED, "WATCH_TOO_SLOW", "too slow", {})
    client = Flaky([1, 2, 3, gone()], [gone()], [gone()], [5, 6, slow], [7])
    waited, told = [], []
    heard = islice(changes(client, None, {}, waited.append, told.append), 4)
    assert [event["position"] for event in heard] == [1, 3, 5, 7]
    assert client.asked == [None, "3", "3", "3", "6"]
    # Each outage is told once, and waited for longer and longer.
    assert len(told) == 2
    assert waited == [0.5, 1.0, 2.0, 0.5]


def test_a_change_of_access_ends_it():
    changed = Answered(Code.CONFLICT, "WATCH_ACCESS_CHANGED", "what you may see has changed", {"position": 1})
    client = Flaky([1, changed])
    with pytest.raises(Answered, match="has changed"):
        list(changes(client, 0, {}, pytest.fail, pytest.fail))
