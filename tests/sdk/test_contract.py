"""The contract that plugins inherit finds what is broken, by name, and leaves what is sound in peace."""

from contextlib import contextmanager

import pytest
from plugin_texts import HEAD, MANIFEST
from pydantic import BaseModel

from ucs_sdk.errors import FailedPrecondition, Invalid
from ucs_sdk.plugins import find_in_folder
from ucs_sdk.testing import FakeContext, PluginContract, Rehearsal
from ucs_sdk.testing.pytest_plugin import host

STATED = """
permissions = ["documents", "events"]
events_in = ["city.rain.fell.v1"]
"""
OWN_HEAD = (
    HEAD.replace('description="Metres', 'examples=[2.0], description="Metres')
    + """
class Named(BaseModel):
    name: str = Field(max_length=20, examples=["P1"], description="Which pump")


tried = []


def operation(effect="read"):
    return pump.operation(title_zh="做", title_en="Do", effect=effect)
"""
)
WRITE = """
@operation("write")
async def do(ctx: Context, asked: Named) -> Named:
    async with ctx.unit() as unit:
        held = unit.documents("done", Named)
        held.put(f"{await held.count()}", asked)
    return asked
"""
ONCE_ONLY = """
@operation("write")
async def do(ctx: Context, asked: Named) -> Named:
    if asked.name not in tried:
        tried.append(asked.name)
        async with ctx.unit() as unit:
            unit.documents("done", Named).put(asked.name, asked)
    return asked
"""
HEARD = """
@pump.on("city.rain.fell.v1")
async def fell(ctx: Context, event: Event[{data}]) -> None:
    async with ctx.unit() as unit:
        held = unit.documents("levels", {data})
        held.put({key}, event.data)
"""
HEALTH = """
@hookimpl
async def ucs_health(ctx: Context) -> Health:
    {wait}
    return Health(ok=True)
"""
READ = """
@operation()
async def do(ctx: Context, asked: Named) -> Named:
    {body}
"""


@pytest.fixture
def contract(plugin_folder):
    """A function that writes a plugin and gives the contract that its author would inherit."""

    def write(code):
        folder = plugin_folder(code, head=OWN_HEAD, manifest=MANIFEST + STATED)

        class OfPump(PluginContract):
            def stage(self):
                return Rehearsal(folder / "tests" / "test_pump.py")

            def city(self):
                return host()([find_in_folder(folder)])

        return OfPump()

    return write


def test_a_sound_plugin_keeps_it(contract):
    kept = contract(WRITE + HEARD.format(data="Level", key='"P1"') + HEALTH.format(wait="pass"))
    kept.test_an_example_is_answered_or_refused_in_words("pump.do")
    kept.test_an_answer_survives_json("pump.do")
    kept.test_hostile_input_is_refused_as_the_callers_mistake("pump.do")
    kept.test_a_write_that_was_undone_can_be_done_again("pump.do")
    kept.test_an_event_handed_over_twice_leaves_what_it_leaves_once("city.rain.fell.v1")
    kept.test_health_answers_in_time()


def test_a_refusal_in_words_is_an_answer(contract):
    judge = contract(READ.format(body='from ucs_sdk import NotFound; raise NotFound("NOT_FOUND", object="x")'))
    judge.test_an_example_is_answered_or_refused_in_words("pump.do")


@pytest.mark.parametrize("body", ['return {}["x"]', "return Level(metres=1)", "return Named(name='x' * 30)"])
def test_an_exception_or_another_answer_is_found(contract, body):
    with pytest.raises(AssertionError, match=r"pump\.do"):
        contract(READ.format(body=body)).test_an_example_is_answered_or_refused_in_words("pump.do")


def test_an_example_that_is_not_valid_is_found_and_a_missing_one_skipped_by_name(contract):
    code = READ.format(body="return asked").replace("asked: Named", "asked: Odd")
    judge = contract(
        code.replace("@op", "class Odd(BaseModel):\n    n: int = Field(examples=['x'])\n\n@op").replace(
            "-> Named", "-> Odd"
        )
    )
    with pytest.raises(AssertionError, match=r"pump\.do: the example of Odd"):
        judge.test_an_example_is_answered_or_refused_in_words("pump.do")


def test_what_has_no_example_is_skipped_by_name(contract):
    code = "class Bare(BaseModel):\n    n: int\n" + HEARD.format(data="Bare", key='"P1"')
    with pytest.raises(pytest.skip.Exception, match=r"city\.rain\.fell\.v1: a required field of Bare"):
        contract(code).test_an_event_handed_over_twice_leaves_what_it_leaves_once("city.rain.fell.v1")


def test_an_answer_that_its_model_cannot_read_is_found(contract):
    code = """
    from pydantic import field_serializer

    class Shown(BaseModel):
        metres: float

        @field_serializer("metres")
        def shown(self, value: float) -> str:
            return f"{value} m"

    @operation()
    async def do(ctx: Context, asked: Named) -> Shown:
        return Shown(metres=2)
    """
    with pytest.raises(AssertionError, match=r"pump\.do: Shown cannot read"):
        contract(code).test_an_answer_survives_json("pump.do")


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("name: str = Field(examples=['P1'])", "a text of 100001 characters"),
        ("name: object = Field(examples=['P1'], json_schema_extra={'type': 'string', 'maxLength': 9})", "a text of 10"),
        ("name: object = Field(examples=[1], json_schema_extra={'type': 'integer'})", "an object"),
    ],
)
def test_what_takes_hostile_input_is_found(contract, stated, found):
    code = f"class Loose(BaseModel):\n    {stated}\n" + READ.format(body='return Named(name="x")')
    with pytest.raises(AssertionError, match=rf"pump\.do: takes {found}"):
        contract(code.replace("asked: Named", "asked: Loose")).test_hostile_input_is_refused_as_the_callers_mistake(
            "pump.do"
        )


def test_what_breaks_on_a_nul_is_found(contract):
    judge = contract(READ.format(body='assert "\\0" not in asked.name; return asked'))
    with pytest.raises(AssertionError, match=r"pump\.do: raises AssertionError"):
        judge.test_hostile_input_is_refused_as_the_callers_mistake("pump.do")


def test_a_write_that_remembers_outside_of_its_unit_is_found(contract):
    with pytest.raises(AssertionError, match=r"pump\.do: once undone"):
        contract(ONCE_ONLY).test_a_write_that_was_undone_can_be_done_again("pump.do")


def test_a_write_under_one_request_id_has_one_effect_and_a_city_that_forgets_the_id_is_found(contract):
    judge = contract(WRITE)
    judge.test_a_write_repeated_under_one_request_id_has_one_effect("pump.do")
    whole = judge.city

    class Forgetful:
        def __init__(self, city):
            self.records, self.emitted, self._city = city.records, city.emitted, city

        def invoke(self, operation, asked, *, as_, request_id):
            return self._city.invoke(operation, asked, as_=as_)

    @contextmanager
    def forgetful():
        with whole() as city:
            yield Forgetful(city)

    judge.city = forgetful
    with pytest.raises(AssertionError, match=r"pump\.do: the same request twice"):
        judge.test_a_write_repeated_under_one_request_id_has_one_effect("pump.do")


def test_without_a_platform_what_needs_one_is_skipped_by_name(contract):
    def nowhere():
        raise FailedPrecondition("TEST_HOST_MISSING")

    judge = contract(WRITE)
    judge.city = nowhere
    with pytest.raises(pytest.skip.Exception, match=r"pump\.do"):
        judge.test_a_write_repeated_under_one_request_id_has_one_effect("pump.do")


def test_a_handler_that_counts_an_event_twice_is_found(contract):
    judge = contract(HEARD.format(data="Level", key='f"{await held.count()}"'))
    with pytest.raises(AssertionError, match=r"city\.rain\.fell\.v1: twice leaves"):
        judge.test_an_event_handed_over_twice_leaves_what_it_leaves_once("city.rain.fell.v1")


@pytest.mark.parametrize("wait", ["await ctx.clock.sleep(60)", "import asyncio; await asyncio.Event().wait()"])
def test_a_health_that_waits_is_found(contract, wait):
    judge = contract(HEALTH.format(wait=wait))
    judge.health_seconds = 0.05
    with pytest.raises(AssertionError, match="ucs_health"):
        judge.test_health_answers_in_time()


@pytest.mark.parametrize("cursor", ["\0", "x", "-1", "９", "9" * 5_000])
async def test_a_cursor_that_nobody_gave_is_refused_in_miniature_as_on_a_platform(cursor):
    with pytest.raises(Invalid, match="CURSOR_INVALID"):
        await FakeContext().documents("done", BaseModel).query(after=cursor)
