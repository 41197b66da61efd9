"""`ucs submit` with several resources: each stands or falls alone."""


def test_several_are_submitted_each_alone(here, ucs, write, stated, city, monkeypatch):
    codes = [next(city.codes) for _ in range(3)]
    assert ucs("apply", "-f", write(*(stated() | {"code": code} for code in codes))).code == 0
    assert ucs("submit", codes[0]).code == 0
    tried = ucs("submit", *codes, "--dry-run", "--json")
    assert (tried.code, tried.json["passed"], tried.json["refused"]) == (6, 2, 1)
    told = ucs("submit", *codes, "QD-NONE")
    assert told.code == 6
    assert f"✗ {codes[0]}  {codes[0]} cannot submit" in told.out
    assert "2 submitted, 2 refused." in told.out
    states = [ucs("get", code, "--head", "--json").json["head"]["state"] for code in codes]
    assert states == ["in_review"] * 3
    for code in codes:
        assert ucs("withdraw", code).code == 0
    monkeypatch.setenv("UCS_LOCALE", "zh")
    done = ucs("submit", *codes, codes[0], "--json")
    assert (done.code, done.json["passed"]) == (0, 3)
    assert [result["after"]["head"]["state"] for result in done.json["results"]] == ["in_review"] * 3
    assert ucs("withdraw", codes[1]).code == 0
    assert "已提交 1 项，1 项被拒绝。" in ucs("submit", *codes[:2]).out
    misused = ucs("submit", *codes, "--etag", "v1")
    assert (misused.code, "--etag 只对应一项资源" in misused.err) == (2, True)


def test_who_names_an_id_is_told_the_code_as_well(here, ucs, write, stated, city):
    codes = [next(city.codes) for _ in range(2)]
    assert ucs("apply", "-f", write(*(stated() | {"code": code} for code in codes))).code == 0
    names = [ucs("get", code, "--head", "--json").json["id"] for code in codes]
    bare = names[1].removeprefix("resources/").lower()
    done = ucs("submit", names[0], bare, "resources/01KDVDNA00E3JJ1N3PX68MA1WJ", "--json").json["results"]
    assert [each["code"] for each in done] == [*codes, None]
    # The twin said of what is refused what was typed, and no more.
    refused = ucs("submit", names[0], bare, codes[0])
    assert f"✗ {names[0]} ({codes[0]})  {codes[0]} cannot submit" in refused.out
    assert f"✗ {bare} ({codes[1]})  " in refused.out
    assert f"✗ {codes[0]}  " in refused.out
    assert [each["code"] for each in ucs("submit", *names, "--json").json["results"]] == codes
    for code in codes:
        assert ucs("withdraw", code).code == 0
