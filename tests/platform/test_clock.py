"""A clock that is set back revives nothing, one that is set forward ends things; both are told once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access import Action, TokenVerifier, ready_rules
from ucs_core.access.tokens import LocalIssuer
from ucs_core.platform import build_platform
from ucs_core.platform.clock import SteadyClock, elapsed_seconds
from ucs_registry.memory import InMemoryStore
from ucs_registry.principals import Principal
from ucs_registry.testing.builders import a_grant, a_resource, founded
from ucs_sdk import Unauthenticated
from ucs_sdk.vocabulary import PrincipalKind, ShareType

START = 1_800_000_000.0


class Machine:
    """A wall clock and the time that really passes, both in the test's hands."""

    def __init__(self):
        self.wall = START
        self.elapsed = 50.0

    def pass_by(self, seconds):
        self.wall += seconds
        self.elapsed += seconds

    def steady(self):
        return SteadyClock(lambda: self.wall, lambda: self.elapsed)


@pytest.fixture
def machine():
    return Machine()


def test_it_tells_the_wall_clock(machine):
    clock = machine.steady()
    machine.pass_by(12.5)
    assert clock.seconds() == START + 12.5
    assert clock() == datetime.fromtimestamp(START + 12.5, UTC)
    assert clock.steps == 0


def test_it_never_goes_back_and_time_still_passes(machine):
    clock = machine.steady()
    machine.pass_by(10)
    assert clock.seconds() == START + 10
    machine.wall -= 3600
    assert clock.seconds() == START + 10
    machine.pass_by(5)
    assert clock.seconds() == START + 15
    machine.wall += 3600
    assert clock.seconds() == START + 15


def test_it_follows_the_wall_clock_forward(machine):
    clock = machine.steady()
    machine.wall += 3600
    assert clock.seconds() == START + 3600
    machine.wall -= 3600
    machine.pass_by(1)
    assert clock.seconds() == START + 3601


def test_time_that_seems_not_to_pass_does_not_go_back(machine):
    clock = machine.steady()
    machine.elapsed -= 40
    assert clock.seconds() == START


@pytest.mark.parametrize(("steps", "told"), [([-3600], [-3600]), ([3600], [3600]), ([-60, -60, 120], [-60, -60, 120])])
def test_each_step_is_told_once(machine, steps, told):
    clock = machine.steady()
    with structlog.testing.capture_logs() as lines:
        for step in steps:
            machine.wall += step
            for _ in range(3):
                machine.pass_by(1)
                clock.seconds()
    assert [(line["event"], line["seconds"]) for line in lines] == [("clock_stepped", seconds) for seconds in told]
    assert clock.steps == len(told)


def test_a_clock_that_is_slewed_is_not_told_of(machine):
    clock = machine.steady()
    with structlog.testing.capture_logs() as lines:
        for _ in range(100):
            machine.pass_by(1)
            machine.wall += 0.04
            clock.seconds()
    assert lines == []


def test_threads_never_see_it_go_back():
    clock = SteadyClock()
    found = []

    def look():
        last = 0.0
        for _ in range(2000):
            now = clock.seconds()
            if now < last:
                found.append((last, now))
            last = now

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == []


def test_the_time_that_passes_passes():
    assert elapsed_seconds() <= elapsed_seconds()


@pytest.mark.parametrize("jump", [-7200, -400, 0])
def test_a_clock_that_jumps_back_does_not_revive_a_token(machine, jump):
    clock = machine.steady()
    issuer = LocalIssuer(Ed25519PrivateKey.generate(), now=clock.seconds)
    verifier = issuer.verifier()
    issued = issuer.issue("ada", lifetime=timedelta(minutes=5))
    assert verifier.verify(issued).principal == "ada"
    machine.pass_by(306)
    with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
        verifier.verify(issued)
    machine.wall += jump
    with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
        verifier.verify(issued)


def test_a_clock_that_jumps_forward_ends_a_token(machine):
    clock = machine.steady()
    issuer = LocalIssuer(Ed25519PrivateKey.generate(), now=clock.seconds)
    verifier = issuer.verifier()
    issued = issuer.issue("ada", lifetime=timedelta(minutes=5))
    verifier.verify(issued)
    machine.wall += 400
    with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
        verifier.verify(issued)


def test_the_wall_clock_itself_would_revive_a_token(machine):
    """The twin: what a node would do without a steady clock."""
    issuer = LocalIssuer(Ed25519PrivateKey.generate(), now=lambda: machine.wall)
    verifier = issuer.verifier()
    issued = issuer.issue("ada", lifetime=timedelta(minutes=5))
    machine.pass_by(306)
    with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
        verifier.verify(issued)
    machine.wall -= 306
    assert verifier.verify(issued).principal == "ada"


@pytest.fixture
async def lent():
    """A store in which a grant for ten minutes lets somebody of another bureau read a resource."""
    store = InMemoryStore()
    resource = a_resource(1, owner="water", share_type=ShareType.CONDITIONAL, share_condition="on request")
    await founded(store, resource)
    begins = datetime.fromtimestamp(START, UTC)
    grant = a_grant(1, action="read", valid_from=begins, valid_until=begins + timedelta(minutes=10))
    reader = Principal(id="reader", kind=PrincipalKind.PERSON, title="reader", organization="3706")
    async with store.write() as unit:
        await unit.put_principals([reader])
        await unit.put_rules(ready_rules())
        await unit.put_grants([grant])
        await unit.commit()
    return store, resource.name


async def _may_read(store, name, clock):
    platform = build_platform(store, TokenVerifier({}), origin="here", clock=clock)
    async with platform.session("reader") as session:
        return (await session.why(Action.READ, name)).decision.allowed


async def test_a_clock_that_jumps_back_does_not_revive_a_grant(machine, lent):
    clock = machine.steady()
    assert await _may_read(*lent, clock)
    machine.pass_by(600)
    assert not await _may_read(*lent, clock)
    machine.wall -= 500
    assert not await _may_read(*lent, clock)


async def test_a_clock_that_jumps_forward_ends_a_grant(machine, lent):
    clock = machine.steady()
    machine.wall += 600
    assert not await _may_read(*lent, clock)


async def test_the_wall_clock_itself_would_revive_a_grant(machine, lent):
    """The twin."""

    def clock():
        return datetime.fromtimestamp(machine.wall, UTC)

    machine.pass_by(600)
    assert not await _may_read(*lent, clock)
    machine.wall -= 500
    assert await _may_read(*lent, clock)
