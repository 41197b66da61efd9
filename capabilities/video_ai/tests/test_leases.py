"""Leases: each shard is read by somebody, and what a lost worker held is taken over."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ucs_capability_video_ai.leases import LEASE, SHARDS, Lease, fair_share, next_round, shard_of

BEGAN = datetime(2026, 7, 1, tzinfo=UTC)
FEW = 16


def play(leases, me, living, now, shards=FEW):
    """One worker's round on the common table of leases; which shards it then holds."""
    step = next_round(me, living, leases, now, shards)
    for shard in step.drop:
        del leases[shard]
    for shard in (*step.keep, *step.take):
        leases[shard] = Lease(worker=me, until=now + LEASE)
    return {*step.keep, *step.take}


def holders(leases, now):
    return {shard: each.worker for shard, each in leases.items() if each.is_live(now)}


def test_one_worker_takes_all():
    leases = {}
    assert play(leases, "a", [], BEGAN, SHARDS) == set(range(SHARDS))


def test_a_second_worker_gets_its_share_within_two_rounds():
    leases, now = {}, BEGAN
    play(leases, "a", ["a"], now)
    for _ in range(2):
        now += timedelta(seconds=10)
        for worker in ("a", "b"):
            play(leases, worker, ["a", "b"], now)
    held = list(holders(leases, now).values())
    assert (held.count("a"), held.count("b")) == (FEW // 2, FEW // 2)


def test_what_a_lost_worker_held_is_taken_over_when_its_lease_is_over_and_not_before():
    leases = {}
    for worker in ("a", "b"):
        play(leases, worker, ["a", "b"], BEGAN)
    before = BEGAN + LEASE - timedelta(milliseconds=1)
    assert not {shard for shard, each in leases.items() if each.worker == "b"} & play(dict(leases), "a", ["a"], before)
    assert play(leases, "a", ["a"], BEGAN + LEASE) == set(range(FEW))


def takes_without_looking(leases, me, now):
    """A twin that takes whatever it is entitled to, without regard to who holds it."""
    return {shard: Lease(worker=me, until=now + LEASE) for shard in range(fair_share(2, FEW))}


def test_taking_without_looking_would_be_found():
    leases = {}
    for worker in ("a", "b"):
        play(leases, worker, ["a", "b"], BEGAN)
    mine = {shard for shard, each in leases.items() if each.worker == "b"}
    assert mine & takes_without_looking(leases, "a", BEGAN).keys() or mine & set(range(FEW // 2, FEW))
    assert not mine & play(dict(leases), "a", ["a", "b"], BEGAN)


stories = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=25)


@settings(max_examples=60)
@given(stories)
def test_no_shard_has_two_holders_and_each_has_one_when_all_is_quiet(story):
    leases, now, living = {}, BEGAN, set()
    for number, dies in story:
        worker = f"w{number}"
        living = living - {worker} if dies else living | {worker}
        now += timedelta(seconds=10)
        for each in sorted(living):
            others = {shard: one for shard, one in leases.items() if one.is_live(now) and one.worker != each}
            assert not play(leases, each, sorted(living), now) & others.keys()
    living = living or {"w9"}
    now += LEASE
    for _ in range(3):
        now += timedelta(seconds=10)
        for each in sorted(living):
            play(leases, each, sorted(living), now)
    held = holders(leases, now)
    assert held.keys() == set(range(FEW))
    assert max(list(held.values()).count(each) for each in living) <= fair_share(len(living), FEW)


def test_streams_fall_evenly_into_shards():
    counts = [0] * SHARDS
    for serial in range(20_000):
        counts[shard_of(f"3702130100131{serial:07d}")] += 1
    assert max(counts) < 2 * 20_000 / SHARDS
    assert shard_of("37021301001310000177") == shard_of("37021301001310000177")
