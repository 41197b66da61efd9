"""What a decision costs, beside a function call with one dictionary look-up, at few and at many policies; and compiling.

Run by `make bench`. The targets: a stored cell's verdict within five such calls; no more than twice as much at 100,000
policies as at 100; 100,000 policies compiled within 0.6 s, 300,000 role assignments within 1.2 s, the ready policies
within 4 ms. `decide` also takes the attributes out of a model, which is most of its time. Ratios stand beside the times,
as extra information; both of their sides are measured in the same run, in turns.
"""

import tracemalloc
from datetime import UTC, datetime
from timeit import Timer

import pytest

from ucs_core.access import Action, compile_snapshot
from ucs_core.access.oracle import build_enforcer
from ucs_core.access.shadow import Shadow
from ucs_core.platform.sight import Sight
from ucs_registry.memory import InMemoryStore
from ucs_registry.testing import a_resource
from ucs_registry.visibility import Cell

LINES = [100, 100_000]
AT = datetime(2026, 11, 20, tzinfo=UTC)


def in_turns(*calls, number=20_000, rounds=9):
    """The best time of each call, in seconds, measured in turns, so that what disturbs one disturbs all."""
    timers = [Timer(call) for call in calls]
    times = [[timer.timeit(number) / number for timer in timers] for _ in range(rounds)]
    return [min(column) for column in zip(*times, strict=True)]


@pytest.fixture(scope="module")
def cells(access):
    return [Cell(number=number, attributes=access.attributes(number)) for number in range(20_000)]


@pytest.fixture(scope="module")
def cities(access, cells):
    return {lines: compile_snapshot(version=1, cells=cells, **access.lines(lines)) for lines in LINES}


@pytest.fixture(params=LINES, ids=lambda lines: f"{lines} policies")
def city(request, cities):
    return cities[request.param]


@pytest.fixture
def look_up():
    table = {"o7": 1}
    return lambda: table["o7"]


@pytest.mark.benchmark(group="access")
def test_one_call_with_one_look_up(benchmark, look_up):
    assert benchmark(look_up) == 1


@pytest.mark.benchmark(group="access")
def test_verdict_on_a_stored_cell(benchmark, city, look_up, row):
    # Named once, as whoever asks holds the action already: naming a member of an enumeration takes a look-up of its own.
    profile, read = city.profile("p0"), Action.READ
    assert benchmark(city.verdict, profile, read, 7) in (0, 1, 2)
    one, verdict = in_turns(look_up, lambda: city.verdict(profile, read, 7))
    row("verdict on a stored cell ÷ a call with one look-up", verdict * 1e9, one * 1e9, unit="ns", target=0.2)


@pytest.mark.benchmark(group="access")
def test_decide_on_attributes(benchmark, city, access, look_up, row):
    profile, attributes = city.profile("p0"), access.attributes(7)
    assert benchmark(city.decide, profile, Action.READ, attributes) is not None
    one, decide = in_turns(look_up, lambda: city.decide(profile, Action.READ, attributes))
    row("decide on a model's attributes ÷ a call with one look-up", decide * 1e9, one * 1e9, unit="ns")


@pytest.mark.benchmark(group="access-flat")
def test_decide_at_100_and_at_100_000_policies(benchmark, cities, access, row):
    profiles = [(city, city.profile("p0")) for city in cities.values()]
    attributes = [access.attributes(number) for number in range(500)]

    def ask(city, profile):
        for item in attributes:
            city.decide(profile, Action.READ, item)

    few, many = in_turns(*(lambda pair=pair: ask(*pair) for pair in profiles), number=20)
    row("500 decisions: at 100,000 policies ÷ at 100", many * 1e6, few * 1e6, unit="µs", target=0.5)
    benchmark(ask, *profiles[1])


@pytest.mark.benchmark(group="access")
def test_decide_on_a_combination_that_nothing_stored_has(benchmark, city, access):
    new = access.attributes(7).model_copy(update={"type": "type_new"})
    assert benchmark(city.decide, city.profile("p0"), Action.READ, new) is not None


@pytest.mark.benchmark(group="access-enforcer")
def test_casbin_on_the_ready_policies(benchmark, access, row):
    """What the compiled form replaces."""
    state = access.lines(0)
    enforcer, attributes = build_enforcer(**state), access.attributes(7)
    values = [str(value) for value in (*dict(attributes).values(), False, "read")]
    values[-2] = False
    benchmark(enforcer.enforce, "p0", *values)
    snapshot = compile_snapshot(version=1, **state)
    profile = snapshot.profile("p0")
    casbin, decide = in_turns(
        lambda: enforcer.enforce("p0", *values),
        lambda: snapshot.decide(profile, Action.READ, attributes),
        number=200,
    )
    row("decide on the ready policies ÷ casbin's enforcer", decide * 1e6, casbin * 1e6, unit="µs")


@pytest.mark.benchmark(group="access-mask")
def test_first_mask_over_20_000_cells(benchmark, city):
    profile = city.profile("p0")

    def first():
        city.edition.masks.clear()
        return city.visibility(profile, Action.READ, AT)

    assert len(benchmark(first).mask) == city.cells


@pytest.mark.benchmark(group="access-mask")
def test_mask_that_was_made_before(benchmark, city):
    assert len(benchmark(city.visibility, city.profile("p0"), Action.READ, AT).mask) == city.cells


def sizes(access, sort):
    """The states that are compiled, by what they are called."""
    return {
        "ready policies": lambda: access.lines(0),
        "100,000 policies": lambda: access.lines(100_000),
        "300,000 links, 2,323 owners": lambda: access.links(300_000, 2323),
        "300,000 links, 5,000 owners": lambda: access.links(300_000, 5000),
    }[sort]()


SIZES = ["ready policies", "100,000 policies", "300,000 links, 2,323 owners", "300,000 links, 5,000 owners"]


@pytest.mark.benchmark(group="access-compile")
@pytest.mark.parametrize("size", SIZES)
def test_compile(benchmark, access, size, row):
    state = sizes(access, size)
    assert benchmark(lambda: compile_snapshot(version=1, **state)).version == 1
    row("compiling", target={SIZES[0]: 4, SIZES[1]: 600}.get(size, 1200))


@pytest.mark.benchmark(group="access-compile")
@pytest.mark.parametrize("size", SIZES[1:3])
def test_compile_and_the_first_decision_of_a_caller(benchmark, access, size):
    """What is put off until somebody asks is not left out of the account."""
    state = sizes(access, size)

    def first():
        snapshot = compile_snapshot(version=1, **state)
        return snapshot.decide(snapshot.profile("p0"), Action.READ, access.attributes(7))

    assert benchmark(first) is not None


@pytest.mark.benchmark(group="access-memory")
@pytest.mark.parametrize("size", SIZES)
def test_memory_of_an_edition(benchmark, access, size, row):
    """In MiB beside what the rows themselves take, which are let go after compiling."""
    state = sizes(access, size)

    def compiled():
        tracemalloc.start()
        snapshot = compile_snapshot(version=1, **state)
        used, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        row("memory of an edition, kept", used / 2**20, unit="MiB")
        row("memory of an edition, at most", most / 2**20, unit="MiB")
        return snapshot

    assert benchmark.pedantic(compiled, rounds=1).version == 1


@pytest.mark.benchmark(group="access-shadow")
def test_a_sight_decides_with_a_shadow_and_without(benchmark, cities, access, row):
    city = cities[100]
    owned = a_resource(1, owner="o7")
    sights = [
        Sight(reader=None, snapshot=city, profile=city.profile("p0"), at=AT, shadow=shadow)
        for shadow in (None, Shadow(InMemoryStore()))
    ]

    def decide(sight):
        # Nothing in it waits: what is asked needs no grant.
        with pytest.raises(StopIteration):
            sight.decide(Action.CREATE, owned).send(None)

    def plainly(sight):
        try:
            sight.decide(Action.CREATE, owned).send(None)
        except StopIteration as ended:
            return ended.value

    decide(sights[1])
    without, shadowed = in_turns(*(lambda sight=sight: plainly(sight) for sight in sights))
    row("a decision with the shadow ÷ without", shadowed * 1e9, without * 1e9, unit="ns")
    benchmark(plainly, sights[1])
