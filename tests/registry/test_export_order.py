"""An export holds back what depends on something that comes later, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_registry.export_order import EXPORT_KINDS, ExportOrder
from ucs_sdk.vocabulary import ResourceKind


def order_of(
    codes: list[str], needs: Mapping[str, set[str]], absent: set[str], order: ExportOrder | None = None
) -> list[str]:
    """In which order resources leave whose ids are their codes; those that are absent are known and not exported."""
    waiting, left = order or ExportOrder(), []
    for code in sorted(codes):
        if code not in absent:
            left += waiting.arrive(code, code, {need: need for need in needs.get(code, ())})
        left += waiting.passed(code)
    return [*left, *waiting.ended()]


@st.composite
def graphs(draw: Callable) -> tuple[list[str], dict[str, set[str]], set[str]]:
    """Resources in an order without circles that has nothing to do with their codes, and which of them are absent."""
    codes = draw(st.lists(st.text("ABC019", min_size=1, max_size=4), unique=True, min_size=1, max_size=12))
    needs = {code: set(draw(st.lists(st.sampled_from(codes[:at]), max_size=4))) for at, code in enumerate(codes) if at}
    return codes, needs, set(draw(st.lists(st.sampled_from(codes), max_size=4)))


def misplaced(left: list[str], codes: list[str], needs: Mapping[str, set[str]], absent: set[str]) -> list[str]:
    """What is wrong with an order."""
    wrong = [] if sorted(left) == sorted(set(codes) - absent) else ["not everything left once"]
    place = {code: at for at, code in enumerate(left)}
    for code in left:
        wrong += [f"{code} before {need}" for need in needs.get(code, ()) if place.get(need, -1) > place[code]]
    return wrong


@given(graphs())
def test_everything_leaves_once_and_behind_what_it_needs(graph):
    codes, needs, absent = graph
    assert misplaced(order_of(codes, needs, absent), codes, needs, absent) == []


@given(st.lists(st.text("ABC019", min_size=1, max_size=4), unique=True, min_size=2))
def test_what_needs_nothing_leaves_by_code(codes):
    assert order_of(codes, {}, set()) == sorted(codes)


def test_nothing_waits_longer_than_for_what_it_needs():
    order = ExportOrder()
    assert list(order.arrive("a", "A", {"c": "C"})) == []
    assert list(order.arrive("b", "B", {})) == ["b"]
    assert (order.held, list(order.arrive("c", "C", {}))) == (1, ["c", "a"])
    assert order.held == 0


def test_what_does_not_come_is_not_waited_for():
    order = ExportOrder()
    assert list(order.arrive("a", "A", {"c": "C"})) == []
    assert list(order.passed("B")) == []
    assert list(order.passed("D")) == ["a"]


def test_a_long_chain_against_the_codes_leaves_in_one_go():
    codes = [f"{at:05}" for at in range(10_000)]
    needs = {code: {after} for code, after in pairwise(codes)}
    assert order_of(codes, needs, set()) == codes[::-1]


def test_a_circle_is_left_out_by_nobody():
    assert sorted(order_of(["A", "B", "C"], {"A": {"B"}, "B": {"A"}, "C": {"A"}}, set())) == ["A", "B", "C"]


def test_links_never_lead_to_a_kind_that_comes_later():
    assert EXPORT_KINDS == (
        ResourceKind.INFRASTRUCTURE,
        ResourceKind.DATA,
        ResourceKind.COMPONENT,
        ResourceKind.APPLICATION,
    )


class Impatient(ExportOrder):
    """The twin: whatever comes leaves."""

    def arrive(self, id: str, code: str, needs: Mapping[str, str]) -> Iterator[str]:
        yield id


class Forgetful(ExportOrder):
    """The twin: it waits for what it needs and looks no further."""

    def _release(self, id: str) -> Iterator[str]:
        for waiter in self._awaited.pop(id, ()):
            if self._waiting.pop(waiter, None) is not None:
                yield waiter


@pytest.mark.parametrize("twin", [Impatient, Forgetful])
def test_an_order_that_does_not_hold_back_is_caught(twin):
    codes, needs = ["A", "B", "C"], {"A": {"B", "C"}, "B": {"C"}}
    assert misplaced(order_of(codes, needs, set(), twin()), codes, needs, set())
