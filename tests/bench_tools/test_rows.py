"""Rows: what the ratio means, when a target is met, and what is written."""

import json

import pytest

from figures.rows import Row, write
from figures.table import figure, matrix, table, width

KEYS = {"name", "ours", "theirs", "unit", "better", "ratio", "target"}


def a_row(**changes):
    return Row(**{"name": "Q1", "ours": 100.0, "theirs": 20.0, "unit": "requests/s", "better": "higher"} | changes)


@pytest.mark.parametrize(
    ("ours", "theirs", "better", "ratio"),
    [
        (100, 20, "higher", 5),
        (20, 100, "higher", 0.2),
        (2, 10, "lower", 5),
        (10, 2, "lower", 0.2),
        (1, 0, "higher", None),
    ],
)
def test_a_ratio_above_one_means_that_ours_is_better(ours, theirs, better, ratio):
    assert a_row(ours=ours, theirs=theirs, better=better).ratio == ratio


def test_a_ratio_that_forgets_which_way_is_better_would_be_told():
    """The twin: ours by theirs, whatever is better."""
    row = a_row(ours=2, theirs=10, better="lower")
    assert row.ratio != row.ours / row.theirs


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"target": 5}, True),
        ({"target": 5.1}, False),
        ({"target": None}, None),
        ({"theirs": None, "target": 99}, True),
        ({"theirs": None, "target": 101}, False),
        ({"theirs": None, "better": "lower", "target": 100}, True),
        ({"theirs": None, "better": "lower", "target": 99}, False),
        ({"theirs": 0, "target": 2}, None),
    ],
)
def test_a_target_is_a_ratio_with_a_peer_and_a_figure_without(changes, met):
    assert a_row(**changes).met is met


@pytest.mark.parametrize(
    "changes", [{"ours": -1}, {"ours": float("nan")}, {"theirs": float("inf")}, {"target": "5"}, {"better": "more"}]
)
def test_what_is_no_figure_is_refused(changes):
    with pytest.raises(ValueError, match="Q1"):
        a_row(**changes)


def test_rows_are_written_with_these_keys_and_four_digits(tmp_path):
    file = tmp_path / "build" / "bench.json"
    write([a_row(ours=123.456789, target=5), a_row(name="一", theirs=None)], file)
    first, second = json.loads(file.read_text("utf-8"))
    assert first.keys() == second.keys() == KEYS
    assert (first["ours"], first["ratio"], first["target"]) == (123.5, 6.173, 5)
    assert (second["theirs"], second["ratio"], second["target"]) == (None, None, None)
    assert "一" in file.read_text("utf-8")


def test_a_table_has_a_line_for_each_row_and_counts_targets():
    text = table(
        [a_row(target=5), a_row(name="检索", target=6), a_row(name="watch", theirs=None, better="lower", target=200)]
    )
    heading, _, met, missed, alone, _, verdict = text.splitlines()
    assert heading.split() == ["name", "ours", "theirs", "unit", "ratio", "target"]
    assert met.split()[-3:] == ["≥", "5×", "met"]
    assert missed.split()[-1] == "missed"
    assert "–" in alone
    assert "≤ 200" in alone
    assert verdict == "2 of 3 targets met"
    # Chinese characters take two columns, and figures still stand below each other.
    assert width(met[: met.index("100")]) == width(missed[: missed.index("100")])


def test_a_matrix_has_its_lines_and_columns_in_their_order():
    text = matrix({("ours", "Q1"): 12.5, ("ours", "Q2"): 1234.5, ("其他", "Q1"): None})
    assert [line.split() for line in text.splitlines()] == [["Q1", "Q2"], ["ours", "12.5", "1,234"], ["其他", "–", "–"]]


def test_a_table_without_rows_is_still_one():
    assert table([]).splitlines()[-1] == "no targets"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (12345.6, "12,346"), (99.96, "100"), (5, "5"), (0.0123, "0.012"), (0, "0")]
)
def test_figures_are_short(value, text):
    assert figure(value) == text
