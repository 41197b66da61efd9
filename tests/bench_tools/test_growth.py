"""From the figures of several sizes to a table of growth."""

import json

import pytest

from figures.growth import Figures, growth_of, main, table


def figures(rows, **seconds):
    calls = {name: {"seconds": each, "growth": 1.5} for name, each in seconds.items()}
    return Figures(database="sqlite", model="on", rows=rows, calls=calls | {"memory": {"mebibytes": rows / 1e4}})


def line(text, call):
    return next(line for line in text.splitlines() if line.startswith(f"| {call} |"))


@pytest.mark.parametrize(("rows", "growth"), [(190_000, 2.0), (1_900_000, 2**0.5)])
def test_growth_is_told_per_tenfold(rows, growth):
    assert growth_of(figures(19_000, page=0.001), figures(rows, page=0.002), "page") == pytest.approx(growth)


def test_what_was_not_asked_has_no_growth():
    assert growth_of(figures(1, page=0.1), figures(10), "page") is None
    assert "| – |" in line(table([figures(1, page=0.1), figures(10)]), "page")


def test_a_call_is_missed_by_its_worst_step():
    text = table([figures(10, a=0.001, b=0.001), figures(100, a=0.0015, b=0.001), figures(1_000, a=0.002, b=0.0019)])
    assert line(text, "a") == "| a | 1 | 1.5 | 2 | 1.50× | 1.33× | 1.5× | met |"
    # By the average of its two steps, which is 1.38, it would be met.
    assert line(text, "b") == "| b | 1 | 1 | 1.9 | 1.00× | 1.90× | 1.5× | missed |"


def test_figures_of_a_folder_are_printed(tmp_path, capsys):
    assert main([str(tmp_path)]) == 1
    for rows in (19_000, 190_000):
        told = {"database": "sqlite", "model": "off", "rows": rows, "calls": dict(figures(rows, page=0.1).calls)}
        (tmp_path / f"figures-sqlite-off-{rows}.json").write_text(json.dumps(told))
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "sqlite, read model off" in printed
    assert "| memory of a node, MiB | 2 | 19 |" in printed
