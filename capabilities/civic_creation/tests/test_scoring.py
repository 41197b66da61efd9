"""Scores by hand, and what holds of every score: order, fairness, bounds, and that the past stays as it was."""

import random
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucs_capability_civic_creation.assessing import recovered, withdrawn
from ucs_capability_civic_creation.scoring import Standing, Tally, mean, ranking, shown
from ucs_capability_civic_creation.vocabulary import GroupBy

LATER = 1_000


def tally(made, assessments, *, day=LATER, since=None, by=GroupBy.CITY, tree=None):
    adding = Tally(tree or made.tree(), at=made.day(day), since=since, by=by)
    for each in assessments:
        adding.add(each)
    return adding


def city(made, assessments, **more):
    (standing,) = tally(made, assessments, **more).standings()
    return standing


def test_a_score_worked_out_by_hand(made):
    """clean: (30 + 40) ÷ 2 of 40; stalls: 15 of 20; happy: 45 of 60 answers, worth 20; plan: 10 of 20. No item is left out."""
    found = city(
        made,
        [
            made.visit("v1", target="M1", clean=1, stalls=1),
            made.visit("v2", target="M2", clean=0),
            made.told("q", "happy", 45, 60),
            made.told("d", "plan", 10_000, 20_000),
        ],
    )
    assert found.base == 35 + 15 + 15 + 10
    assert (found.score, found.feature, found.assessed) == (75, 0, 1)
    assert (found.targets, found.problems) == (3, 2)


def test_what_nobody_assessed_neither_counts_nor_is_hidden(made):
    found = city(made, [made.visit(clean=1)])
    assert (found.base, found.assessed) == (75, Fraction(40, 100))


def test_feature_items_add_what_they_earned(made):
    found = city(made, [made.visit(clean=1), made.told("f", "new", 5_000, 20_000)])
    assert (found.base, found.feature, found.score) == (75, 5, 80)
    alone = city(made, [made.told("f", "new", 5_000, 20_000)])
    assert (alone.base, alone.score, alone.feature) == (None, None, 5)


def test_nobody_gains_or_loses_by_being_visited_more_often(made):
    bad = [made.visit(f"b{n}", target="M1", clean=4) for n in range(9)]
    good = [made.visit("g", target="M2", clean=0)]
    assert city(made, [*bad[:1], *good]).base == city(made, [*bad, *good]).base == 50


def test_groups_are_those_of_the_day_of_the_assessment(made):
    assessments = [
        made.visit("v1", unit="u1", region="370202013", clean=1),
        made.visit("v2", unit="u2", region="370213", target="M2", clean=0),
        made.told("q", "happy", 1, 2),
    ]
    units = tally(made, assessments, by=GroupBy.UNIT).standings()
    assert [(each.group, each.base) for each in units] == [("u1", 75), ("u2", 100)]
    assert [each.group for each in tally(made, assessments, by=GroupBy.DISTRICT).standings()] == ["370202", "370213"]
    assert [each.group for each in tally(made, assessments, by=GroupBy.POINT).standings()] == ["M1", "M2"]


def test_only_what_was_recorded_in_the_period_counts(made):
    assessments = [made.visit("v1", day=1, clean=4), made.visit("v2", day=5, clean=0)]
    assert city(made, assessments, since=made.day(5)).base == 100
    assert city(made, assessments, day=4).base == 0
    assert tally(made, assessments, day=0).standings() == []


def test_items_of_another_version_are_told_and_not_counted(made):
    stated = made.stated()
    stated["projects"][0]["contents"][0]["items"][1]["code"] = "other"
    from ucs_capability_civic_creation.indicator_tree import Tree

    found = tally(made, [made.visit(clean=1, stalls=4)], tree=Tree.model_validate(stated))
    assert (found.unplaced, found.standings()[0].base) == (1, 75)


def test_evidence_that_is_withdrawn_after_scoring_counts_as_of_its_date(made):
    visits = [made.visit("v1", files=["a"], clean=4), made.visit("v2", target="M2", clean=0)]
    told = city(made, visits, day=9)
    assert told.base == 50
    changed = [withdrawn(visits[0], ["a"], made.day(10), "not this market"), visits[1]]
    assert city(made, changed, day=9) == told
    assert city(made, changed, day=10).base == 100
    # A score that merely forgets what was withdrawn could not tell today what was told yesterday.
    forgetful = [made.visit("v2", target="M2", clean=0)]
    assert city(made, forgetful, day=9) != told


def test_ranks_are_shared_and_the_next_are_left_out():
    def standing(group, score):
        return Standing(
            group=group, score=score, base=score, feature=Fraction(0), assessed=Fraction(1), targets=1, problems=0
        )

    exact = Fraction(90)
    close = exact - Fraction(1, 10_000)
    standings = [standing("d", close), standing("b", exact), standing("c", exact), standing("a", Fraction(95))]
    ranked = ranking([*standings, standing("x", None)])
    assert [(each.rank, each.standing.group) for each in ranked] == [(1, "a"), (2, "b"), (2, "c"), (4, "d")]
    assert shown(close) == shown(exact) == 90.0


@pytest.mark.parametrize(
    ("value", "told"), [(Fraction(1, 3), 0.33), (Fraction(5, 1000), 0.01), (Fraction(4999, 10**6), 0.0), (None, None)]
)
def test_a_score_is_shown_with_two_decimals_halves_up(value, told):
    assert shown(value) == told


# The assessments of a test: when, where, by which problems, on which file, and what became of it later.
facts = st.lists(
    st.tuples(
        st.integers(0, 9), st.sampled_from(["M1", "M2", "M3"]), st.integers(0, 6), st.integers(0, 5),
        st.sampled_from(["", "file", "whole", "back"]), st.integers(0, 20),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


def assessed(made, stated):
    """Assessments with what became of each, in the order of time: nothing is withdrawn before it was recorded."""
    found = []
    for number, (day, target, clean, stalls, fate, wait) in enumerate(stated):
        visit = made.visit(f"v{number}", day, target, f"u-{target}", files=[f"f{number}"], clean=clean, stalls=stalls)
        found.append((visit, fate, made.day(day + wait)))
    return found


def become(visit, fate, at):
    match fate:
        case "file":
            return withdrawn(visit, [each.digest for each in visit.results[0].evidence], at, "")
        case "whole":
            return withdrawn(visit, [], at, "")
        case "back":
            return recovered(visit, "clean", 50, at)
    return visit


@given(facts, st.integers(0, 15))
@settings(max_examples=150, deadline=None)
def test_a_score_of_the_past_is_the_same_whatever_happens_afterwards(made, stated, day):
    """What was told at a date is told of that date for ever; `become` of everything later than the date changes nothing."""
    at = made.day(day)
    all_of_it = assessed(made, stated)
    told = tally(made, [become(v, f, t) if t <= at else v for v, f, t in all_of_it if v.recorded_at <= at], day=day)
    again = tally(made, [become(v, f, t) for v, f, t in all_of_it], day=day)
    assert (again.standings(), again.basis) == (told.standings(), told.basis)


def test_the_property_of_the_past_catches_a_score_that_forgets(made):
    """The twin: were withdrawn evidence simply left out, yesterday's score would be another today."""
    visit = made.visit(files=["a"], clean=4)
    good = made.visit("v2", target="M2", clean=0)
    told = tally(made, [visit, good], day=5)

    def forgetting(assessments):
        return [each for each in assessments if each.held(made.day(LATER))]

    after = [withdrawn(visit, ["a"], made.day(6), ""), good]
    assert tally(made, after, day=5).standings() == told.standings()
    assert tally(made, forgetting(after), day=5).standings() != told.standings()


@given(facts, st.integers())
@settings(max_examples=80, deadline=None)
def test_a_score_does_not_depend_on_the_order_of_the_assessments(made, stated, seed):
    found = [become(*each) for each in assessed(made, stated)]
    mixed = random.Random(seed).sample(found, len(found))
    first, second = tally(made, found, by=GroupBy.UNIT), tally(made, mixed, by=GroupBy.UNIT)
    assert (first.standings(), first.basis) == (second.standings(), second.basis)


@given(facts)
@settings(max_examples=80, deadline=None)
def test_scores_lie_between_nothing_and_everything_and_a_problem_more_never_helps(made, stated):
    found = [visit for visit, _, _ in assessed(made, stated)]
    before = city(made, found)
    assert 0 <= before.base <= 100
    worse = made.visit(found[0].id, 0, found[0].target, clean=stated[0][2] + 1, stalls=stated[0][3])
    worse = worse.model_copy(update={"recorded_at": found[0].recorded_at})
    assert city(made, [worse, *found[1:]]).base <= before.base


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=20))
def test_the_mean_is_exact(shares):
    assert mean(shares) == sum((Fraction(part, whole) for part, whole in shares), Fraction(0)) / len(shares)


def test_another_result_is_another_basis(made):
    bases = {tally(made, [made.visit(clean=n)]).basis for n in range(4)}
    assert len(bases) == 4
    soon = made.visit(clean=0).model_copy(update={"recorded_at": made.day(0) + timedelta(hours=1)})
    assert tally(made, [soon]).basis == tally(made, [made.visit(clean=0)]).basis
