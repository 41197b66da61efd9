"""What an assessment comes to at a date: deductions, withdrawn evidence, and what a rectification gives back."""

import pytest

from ucs_capability_civic_creation.assessing import found_at_site, lost, recovered, withdrawn


@pytest.mark.parametrize(("problems", "kept"), [(0, 40_000), (1, 30_000), (4, 0), (5, 0), (100, 0)])
def test_each_problem_costs_its_deduction_and_no_item_loses_more_than_it_is_worth(made, problems, kept):
    item = made.tree().items["clean"][1]
    assert found_at_site(item, problems) == (kept, 40_000)


def items_at(assessment, at):
    return [each.item for each in assessment.held(at)]


def test_an_assessment_counts_from_the_moment_it_was_recorded(made):
    visit = made.visit(day=3, clean=0)
    assert items_at(visit, made.day(2.999)) == []
    assert items_at(visit, made.day(3)) == ["clean"]


def test_evidence_counts_until_the_very_moment_of_its_withdrawal(made):
    visit = made.visit(files=["a"], clean=1)
    later = withdrawn(visit, ["a"], made.day(5), "误拍")
    assert items_at(later, made.day(4.999)) == ["clean"]
    assert items_at(later, made.day(5)) == []
    assert [each.item for each in lost(visit, later, made.day(5))] == ["clean"]


def test_a_result_holds_as_long_as_any_of_its_evidence_does(made):
    visit = withdrawn(made.visit(files=["a", "b"], clean=1), ["a"], made.day(1), "")
    assert items_at(visit, made.day(9)) == ["clean"]
    assert items_at(withdrawn(visit, ["b"], made.day(2), ""), made.day(9)) == []


def test_what_was_withdrawn_keeps_its_first_date_and_reason(made):
    once = withdrawn(made.visit(files=["a"], clean=1), ["a"], made.day(1), "first")
    assert withdrawn(once, ["a"], made.day(2), "second") == once
    whole = withdrawn(once, [], made.day(3), "all")
    assert withdrawn(whole, [], made.day(4), "again") == whole
    assert (whole.withdrawn_at, whole.reason) == (made.day(3), "all")


def test_a_result_without_files_counts_until_its_assessment_is_withdrawn(made):
    visit = made.visit(clean=0)
    assert items_at(withdrawn(visit, ["a"], made.day(1), ""), made.day(2)) == ["clean"]
    assert items_at(withdrawn(visit, [], made.day(1), ""), made.day(0.5)) == ["clean"]
    assert items_at(withdrawn(visit, [], made.day(1), ""), made.day(1)) == []


@pytest.mark.parametrize(("percent", "kept"), [(0, 20_000), (50, 30_000), (33, 26_600), (100, 40_000)])
def test_a_rectification_gives_back_its_share_from_its_date_on(made, percent, kept):
    visit = recovered(made.visit(clean=2), "clean", percent, made.day(4))
    (result,) = visit.results
    assert result.kept_at(made.day(3.999)) == 20_000
    assert result.kept_at(made.day(4)) == kept


def test_nothing_is_given_back_twice(made):
    once = recovered(made.visit(clean=2, stalls=1), "clean", 50, made.day(4))
    assert recovered(once, "clean", 100, made.day(5)) == once
    assert once.results[1].recovered_at is None
