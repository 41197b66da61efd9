"""Impact, dependencies and scenarios on the command line, against a real platform."""

import pytest
import yaml

from ucs_sdk.commands import Exit


def scenario_of(code, *links, **content):
    """The file of a scenario whose parts are these."""
    return {
        "code": f"{code}-SCN",
        "owner": "qingdao-water",
        "content": {
            "title": {"zh": "积水联动处置", "en": "Waterlogging response"},
            "summary": {"zh": "说明", "en": "Summary"},
            "share_type": "unconditional",
            "data_level": "l1",
            "dependencies": list(links),
            "spec": {"purpose": "one_scenario", "stages": ["监测", "处置"]},
            **content,
        },
    }


@pytest.fixture
def keep(tmp_path):
    """Writes a file."""

    def keep(value):
        path = tmp_path / "scenario.yaml"
        path.write_text(yaml.safe_dump(value, allow_unicode=True), "utf-8")
        return path

    return keep


@pytest.fixture
def composed(published, ucs, keep):
    """The code of a scenario that needs a published dataset, and of the dataset."""
    link = {"target": published, "relation": "reads", "role": "水深", "required": True}
    assert ucs("scenario", "create", keep(scenario_of(published, link))).code == Exit.OK
    return f"{published}-SCN", published


def test_impact_tells_what_depends_and_what_is_needed(composed, ucs, monkeypatch):
    scenario, dataset = composed
    up = ucs("impact", dataset)
    assert up.code == Exit.OK
    assert f"1 resource depends on Depth at waterlogging points ({dataset})" in up.out
    assert "in 1 step: 1 (Application 1)" in up.out
    assert scenario in up.out
    down = ucs("impact", scenario, "--down", "--depth", "10")
    assert "May be used 1" in down.out
    monkeypatch.setenv("UCS_LOCALE", "zh")
    chinese = ucs("impact", scenario, "--down").out
    assert "需要 1 项资源" in chinese
    assert "第 1 步：1 项（数据 1）" in chinese
    assert "没有资源依赖" in ucs("impact", scenario).out


def test_impact_answers_in_json_and_line_by_line(composed, ucs):
    scenario, dataset = composed
    told = ucs("impact", dataset, "--json").json
    assert (told["direction"], told["depth"], told["total"]["count"], told["truncated"]) == ("up", 3, 1, False)
    [node] = told["items"]
    assert (node["depth"], node["via"], node["use"]) == (1, told["resource"]["id"], None)
    assert node["resource"]["code"] == scenario
    [line] = ucs("impact", scenario, "--down", "--all", "--json").records
    assert (line["resource"]["code"], line["use"]) == (dataset, "allowed")


def test_mistakes_about_impact_are_told(here, published, ucs):
    assert ucs("impact", f"{published}X").code == Exit.NOT_FOUND
    deep = ucs("impact", published, "--depth", "11")
    assert deep.code == Exit.USAGE
    assert "10" in deep.err


def test_links_are_changed_one_by_one(composed, ucs):
    scenario, dataset = composed
    dry = ucs("depend", scenario, "--not-on", dataset, "--dry-run")
    assert (dry.code, "Would pass" in dry.out) == (Exit.OK, True)
    told = ucs("depend", scenario, "--on", f"{dataset}:calls@v2", "--role", "接口", "--optional", "--json").json
    assert [
        (link["relation"], link.get("version"), link.get("role"), link.get("required", True))
        for link in told["dependencies"]
    ] == [("reads", None, "水深", True), ("calls", "v2", "接口", False)]
    done = ucs("depend", scenario, "--not-on", dataset)
    assert done.code == Exit.OK
    assert f"`ucs submit {scenario}`" in done.err
    assert ucs("impact", scenario, "--down").out.startswith("Waterlogging response")


def test_whoever_depends_on_something_deprecated_is_told_so(composed, ucs, monkeypatch):
    scenario, dataset = composed
    quiet = ucs("depend", scenario, "--on", f"{dataset}:calls", "--dry-run")
    assert (quiet.code, "deprecated" in quiet.err) == (Exit.OK, False)
    assert ucs("deprecate", dataset, "--from", "2026-06-01", "--as", "bureau-admin").code == Exit.OK
    told = ucs("depend", scenario, "--on", f"{dataset}:calls", "--dry-run")
    assert f"{dataset} Depth at waterlogging points is deprecated: from 2026-06-01 on." in told.err
    monkeypatch.setenv("UCS_LOCALE", "zh")
    assert "已弃用：自 2026-06-01 起。" in ucs("depend", scenario, "--on", f"{dataset}:calls", "--dry-run").err


def test_codes_are_kept_whole_where_there_is_little_room(composed, ucs, monkeypatch):
    scenario, dataset = composed
    monkeypatch.setenv("COLUMNS", "60")
    assert scenario in ucs("impact", dataset).out.partition("STEP")[2]


def test_mistakes_about_links_are_told(composed, ucs):
    scenario, dataset = composed
    for words, told in (
        ((), "--on"),
        (("--on", dataset), f"{dataset}:reads"),
        (("--on", f"{dataset}:read"), "Did you mean reads?"),
        (("--on", f"{dataset}X:reads"), f"{dataset}X"),
        (("--not-on", scenario), "no dependency on"),
        (("--on", f"{scenario}:reads"), "circle"),
    ):
        refused = ucs("depend", scenario, *words)
        assert refused.code != Exit.OK
        assert told in refused.err


def test_scenario_is_listed_and_shown(composed, ucs, monkeypatch):
    scenario, dataset = composed
    [item] = ucs("scenario", "list", scenario, "--json").json["items"]
    assert (item["resource"]["code"], item["health"], len(item["parts"])) == (scenario, "healthy", 1)
    shown = ucs("scenario", "show", scenario)
    assert "Health: Healthy" in shown.out
    assert "水深" in shown.out
    assert ucs("offline", dataset, "--reason", "maintenance", "--as", "reviewer").code == Exit.OK
    assert ucs("scenario", "list", "--first", "200").code == Exit.OK
    monkeypatch.setenv("UCS_LOCALE", "zh")
    broken = ucs("scenario", "show", scenario)
    assert "健康状况：中断" in broken.out
    assert f"{dataset} 易积水点水深: 未上架 (必需)" in broken.out
    assert "中断" in ucs("scenario", "list", scenario).out
    [line] = ucs("scenario", "list", scenario, "--all").out.splitlines()
    assert line.split("\t")[-2:] == ["中断", "1"]


def test_mistakes_about_scenarios_are_told(published, ucs, keep):
    other = ucs("scenario", "show", published)
    assert (other.code, "no scenario" in other.err) == (Exit.REFUSED, True)
    good = scenario_of(published)
    for wrong, told in (
        ({"code": "X-1", "owner": "qingdao-water"}, "content is required"),
        (good | {"owners": "x"}, "Did you mean owner?"),
        (good | {"kind": "data"}, "a scenario is of the kind application"),
        (scenario_of(published, spec={"purpose": "nothing"}), "purpose"),
        (
            scenario_of(published, {"target": published, "relation": "red"}),
            "content.dependencies[0].relation: 'red' is none of the words that it may be. Did you mean reads?",
        ),
        (scenario_of(published, title={"zh": "场景"}), "content.title: en is required."),
        (scenario_of(published, {"target": f"{published}X", "relation": "reads"}), f"{published}X"),
    ):
        refused = ucs("scenario", "create", keep(wrong))
        assert refused.code != Exit.OK
        assert told in refused.err
    dry = ucs("scenario", "create", keep(good), "--dry-run")
    assert (dry.code, "Nothing was changed" in dry.out) == (Exit.OK, True)
    assert ucs("scenario", "show", good["code"]).code == Exit.NOT_FOUND


def test_file_of_a_scenario_goes_through_apply_and_back(composed, ucs, keep):
    scenario, _ = composed
    stated = yaml.safe_load(ucs("get", scenario, "--yaml").out)
    assert stated["content"]["dependencies"][0]["role"] == "水深"
    assert "already as stated" in ucs("apply", "-f", keep(stated)).out
    stated["content"]["dependencies"][0]["required"] = False
    assert ucs("apply", "-f", keep(stated)).code == Exit.OK
    [part] = ucs("scenario", "show", scenario, "--json").json["parts"]
    assert part["required"] is False
