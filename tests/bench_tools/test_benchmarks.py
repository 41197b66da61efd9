"""From what pytest-benchmark writes to rows."""

import json

import pytest

from figures.benchmarks import BadInput, main, rows_of


def a_benchmark(name="test_get_over_grpc", median=0.002, group=None, param=None, **extra):
    return {
        "name": f"{name}[{param}]" if param else name,
        "fullname": f"tests/bench/{name}",
        "group": group,
        "param": param,
        "stats": {"median": median},
        "extra_info": extra,
    }


def test_what_says_nothing_is_a_row_with_nobody_beside_it():
    (row,) = rows_of([a_benchmark(group="get", param="sqlite")])
    assert (row.name, row.ours, row.unit, row.better) == ("get: get over grpc [sqlite]", 2.0, "ms", "lower")
    assert row.theirs is row.ratio is row.target is None


@pytest.mark.parametrize(("seconds", "figure", "unit"), [(2.5, 2500, "ms"), (25e-6, 25, "µs"), (40e-9, 40, "ns")])
def test_a_unit_suits_its_figure(seconds, figure, unit):
    (row,) = rows_of([a_benchmark(median=seconds)])
    assert (pytest.approx(figure), unit) == (row.ours, row.unit)


def test_two_benchmarks_of_one_row_become_a_pair():
    sides = [
        a_benchmark("test_ours", 0.001, "list", "50", row="page", side="ours", target=3),
        a_benchmark("test_theirs", 0.004, "list", "50", row="page", side="theirs"),
        a_benchmark("test_ours", 0.002, "list", "100", row="page", side="ours", target=3),
        a_benchmark("test_theirs", 0.004, "list", "100", row="page", side="theirs"),
    ]
    fifty, hundred = rows_of(sides)
    assert (fifty.name, fifty.ours, fifty.theirs, fifty.ratio, fifty.met) == ("list: page [50]", 1, 4, 4, True)
    assert (hundred.ratio, hundred.met) == (2, False)


def test_ours_whose_peer_did_not_run_keeps_no_target():
    (row,) = rows_of([a_benchmark(row="page", side="ours", target=3)])
    assert row.theirs is row.target is row.met is None


def test_rows_that_a_benchmark_made_itself_are_taken_as_they_are():
    told = [
        {"name": "import", "ours": 12_000, "unit": "rows/s", "better": "higher", "target": 10_000},
        {"name": "decide", "ours": 100.0, "theirs": 40.0, "unit": "ns", "target": 0.2},
        {"name": "what if", "target": 1000},
    ]
    imported, decided, own = rows_of([a_benchmark(median=0.5, param="postgresql", rows=told)])
    assert (imported.name, imported.ours, imported.met) == ("import [postgresql]", 12_000, True)
    assert (decided.ratio, decided.met) == (0.4, True)
    assert (own.ours, own.unit, own.met) == (500, "ms", True)


@pytest.mark.parametrize(
    "benchmarks",
    [
        [a_benchmark(row="page", side="theirs")],
        [a_benchmark(row="page", side="ours"), a_benchmark(row="page", side="ours")],
        [a_benchmark(row="page", side="hers")],
    ],
)
def test_half_a_pair_or_one_told_twice_is_refused(benchmarks):
    with pytest.raises(BadInput):
        rows_of(benchmarks)


def test_rows_that_are_no_rows_name_the_benchmark_that_told_them():
    odd = a_benchmark(median=0.5, rows=20_000)
    with pytest.raises(BadInput, match=odd["fullname"]):
        rows_of([odd])


def test_rows_are_written_and_a_table_is_printed(tmp_path, capsys):
    raw, rows = tmp_path / "raw.json", tmp_path / "bench.json"
    raw.write_text(json.dumps({"benchmarks": [a_benchmark()]}), "utf-8")
    assert main([str(raw), str(rows)]) == 0
    assert "get over grpc" in capsys.readouterr().out
    assert len(json.loads(rows.read_text("utf-8"))) == 1


@pytest.mark.parametrize(
    "text", [None, "", "[]", '{"benchmarks": [{}]}', '{"benchmarks": [{"stats": {"median": "1"}}]}']
)
def test_what_no_benchmark_wrote_is_refused_in_a_line(tmp_path, capsys, text):
    raw = tmp_path / "raw.json"
    if text is not None:
        raw.write_text(text, "utf-8")
    assert main([str(raw), str(tmp_path / "bench.json")]) == 1
    said = capsys.readouterr().err
    assert str(raw) in said
    assert "Traceback" not in said
    assert not (tmp_path / "bench.json").exists()
