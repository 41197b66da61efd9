"""Mistakes in a plugin: each says what is wrong, where it stands, and what to do, in both languages."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from plugin_texts import HEAD, MANIFEST, PROJECT

from ucs_sdk.errors import Code, UcsError
from ucs_sdk.messages import Locale
from ucs_sdk.plugins import check_names, find_in_folder, find_plugins, load_plugin, read_manifest

OPERATION = '@pump.operation(title_zh="读", title_en="Read")\n'


def refusal(work):
    with pytest.raises(UcsError) as caught:
        work()
    error = caught.value
    for locale in Locale:
        assert "{" not in error.message(locale)
    assert error.message(Locale.EN) != error.message(Locale.ZH)
    return error


def line_of(found, text):
    lines = Path(found.root / found.package / "__init__.py").read_text("utf-8").splitlines()
    return 1 + next(number for number, line in enumerate(lines) if text in line)


def expect(found, reason, mark, **fields):
    """The error that loading ends with, in the line that has the mark."""
    error = refusal(lambda: load_plugin(found))
    assert error.reason == reason, error
    assert error.fields["file"].endswith("ucs_capability_pump/__init__.py")
    assert error.fields["line"] == line_of(found, mark)
    assert f":{error.fields['line']}:" in error.message()
    assert {name: error.fields[name] for name in fields} == fields
    return error


def test_an_unknown_hook_is_told_with_the_near_name(found):
    plugin = found("@hookimpl\ndef ucs_strated(ctx):\n    pass\n")
    error = refusal(lambda: load_plugin(plugin))
    assert (error.reason, error.fields["near"]) == ("HOOK_UNKNOWN", "ucs_started")
    assert error.message().endswith("Did you mean ucs_started?")


@pytest.mark.parametrize(
    ("code", "reason", "fields"),
    [
        ("async def ucs_healht(ctx):\n    pass\n", "HOOK_UNKNOWN", {"near": "ucs_health"}),
        ("async def ucs_health(ctx):\n    pass\n", "HOOK_UNMARKED", {"hook": "ucs_health"}),
        ("@hookimpl\nasync def ucs_health(context):\n    pass\n", "HOOK_ARGUMENT", {"argument": "context"}),
        ("@hookimpl\ndef ucs_admit(ctx, chnage):\n    pass\n", "HOOK_ARGUMENT", {"near": "change"}),
        ("@hookimpl\ndef ucs_admit(*anything):\n    pass\n", "HOOK_ARGUMENT", {"argument": "*anything"}),
        ("@hookimpl\ndef ucs_admit(ctx: Context, change: Health):\n    pass\n", "HOOK_HINT", {"argument": "change"}),
        ("@hookimpl\ndef ucs_health(ctx: Context) -> bool:\n    pass\n", "HOOK_HINT", {"argument": "return"}),
        ("@hookimpl\ndef ucs_run(ctx: Context):\n    yield\n", "HOOK_HINT", {"argument": "return"}),
        ('@hookimpl\ndef ucs_health(ctx: "Contxt"):\n    pass\n', "HINT_UNRESOLVED", {"missing": "Contxt"}),
    ],
)
def test_a_hook_that_cannot_be_called_is_refused_before_it_is(found, code, reason, fields):
    error = refusal(lambda: load_plugin(found(code)))
    assert error.reason == reason
    assert {name: error.fields[name] for name in fields} == fields
    assert error.fields["line"] > HEAD.count("\n")


@pytest.mark.parametrize(
    ("code", "argument", "said"),
    [
        (OPERATION + "def read(ctx: Context, asked: Level) -> Level: ...\n", "def", "async def"),
        (OPERATION + "async def read(ctx: Context) -> Level: ...\n", "ctx", "(ctx: Context, asked: Model)"),
        (OPERATION + "async def read(ctx: Level, asked: Level) -> Level: ...\n", "ctx", "must be Context"),
        (OPERATION + "async def read(ctx: Context, asked: dict) -> Level: ...\n", "asked", "dict"),
        (OPERATION + "async def read(ctx: Context, asked) -> Level: ...\n", "asked", "pydantic model"),
        (OPERATION + "async def read(ctx: Context, asked: Level) -> str: ...\n", "return", "str"),
        (OPERATION + "async def read(ctx: Context, asked: Level) -> AsyncIterator[Level]: ...\n", "return", "yields"),
        (
            OPERATION + "async def read(ctx: Context, asked: Level) -> Level:\n    yield asked\n",
            "return",
            "AsyncIterator",
        ),
        ('@pump.on("city.rain.fell.v1")\nasync def fell(ctx: Context, event: Level): ...\n', "event", "Event[Model]"),
        (
            '@pump.on("city.rain.fell.v1")\nasync def fell(ctx: Context, event: Event[int]): ...\n',
            "event",
            "Event[Model]",
        ),
        ("@pump.every(seconds=60)\nasync def tidy(ctx: Context, more: int): ...\n", "ctx, more", "context alone"),
        ("@pump.every(seconds=0.1)\nasync def tidy(ctx: Context): ...\n", "seconds", "between 1 and"),
        (
            '@pump.indicator(title_zh="水位", title_en="Level")\nasync def deepest(ctx: Context) -> Level: ...\n',
            "return",
            "Figure",
        ),
        (
            OPERATION.replace(")\n", ', effect="wirte")\n')
            + "async def read(ctx: Context, asked: Level) -> Level: ...\n",
            "effect",
            "wirte",
        ),
    ],
)
def test_a_wrong_signature_or_hint_names_the_argument(found, code, argument, said):
    plugin = found(code)
    error = refusal(lambda: load_plugin(plugin))
    assert (error.reason, error.fields["argument"]) == ("SIGNATURE_WRONG", argument)
    assert said in error.message()
    assert error.fields["line"] == line_of(plugin, code.splitlines()[0])


@pytest.mark.parametrize(
    ("code", "reason", "mark"),
    [
        ('other = Capability("other", title_zh="他", title_en="Other")\n@hookimpl\ndef ucs_health(): ...\n', None, ""),
        ('pump.emits("city.pump.Started", Level)\n', "EVENT_TYPE_MALFORMED", "pump.emits"),
        ('pump.emits("city.pump.on.v1", Level)\n', "PERMISSION_UNSTATED", "pump.emits"),
        ("pump.mount(print)\npump.mount(len)\n", "DECLARED_TWICE", "len"),
        ('Capability("Pump", title_zh="泵", title_en="Pump")\n', "DECLARED_NAME", '"Pump"'),
        ("raise ValueError('no water')\n", "PLUGIN_IMPORT_FAILED", "no water"),
        ("def broken(:\n", "PLUGIN_IMPORT_FAILED", "broken"),
        ("import no_such_module_of_ours\n", "PLUGIN_IMPORT_FAILED", "no_such"),
        ("raise SystemExit(3)\n", "PLUGIN_IMPORT_FAILED", "SystemExit"),
    ],
)
def test_a_declaration_that_cannot_stand_names_its_line(found, code, reason, mark):
    plugin = found(code)
    if reason is None:
        assert load_plugin(plugin).name == "pump"
    else:
        expect(plugin, reason, mark)


@pytest.mark.parametrize(
    ("answer", "reason", "fields"),
    [
        ("[1]", "HOOK_ANSWER", {"given": "int", "expected": "list[Capability]"}),
        ("None", "HOOK_ANSWER", {"given": "NoneType"}),
        ("1 / 0", "HOOK_FAILED", {"said": "ZeroDivisionError: division by zero"}),
        ('[Capability("road", title_zh="路", title_en="Road")]', "CAPABILITY_FOREIGN", {"name": "road"}),
        ("[pump, pump]", None, {}),
    ],
)
def test_what_ucs_capabilities_answers_is_checked(found, answer, reason, fields):
    plugin = found(head=HEAD.replace("return [pump]", f"return {answer}"))
    if reason is None:
        return
    error = refusal(lambda: load_plugin(plugin))
    assert error.reason == reason
    assert {name: error.fields[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("manifest", "reason", "field", "said"),
    [
        (MANIFEST.replace("api_level = 1\n", ""), "MANIFEST_FIELD_MISSING", "api_level", "api_level = 1"),
        (MANIFEST.replace('zh = "泵站", ', ""), "MANIFEST_FIELD_MISSING", "title.zh", "zh = …"),
        (MANIFEST + 'permisions = ["run"]\n', "MANIFEST_FIELD_UNKNOWN", "permisions", "Did you mean permissions?"),
        (
            MANIFEST + 'permissions = ["docments"]\n',
            "MANIFEST_FIELD_INVALID",
            "permissions.0",
            "Did you mean documents?",
        ),
        (MANIFEST.replace('"pump"', '"Pump!"'), "MANIFEST_FIELD_INVALID", "name", "lower-case letters"),
        (MANIFEST + 'events_in = ["rain"]\n', "MANIFEST_FIELD_INVALID", "events_in.0", "city.<plugin>"),
        (
            MANIFEST + '[settings.most]\ntype = "integer"\ndefault = "x"\ntitle = { zh = "上限", en = "Most" }\n',
            "MANIFEST_FIELD_INVALID",
            "settings.most",
            "integer",
        ),
    ],
)
def test_a_manifest_names_file_field_line_and_way_out(found, manifest, reason, field, said):
    plugin = found(manifest=manifest)
    error = refusal(lambda: read_manifest(plugin))
    assert (error.reason, error.fields["field"]) == (reason, field)
    assert error.fields["file"].endswith("plugin.toml")
    assert said in error.message()
    if "line" in error.fields:
        name = field.split(".")[0 if "." not in field or field.split(".")[1] == "0" else 1]
        assert name in manifest.splitlines()[error.fields["line"] - 1]


@pytest.mark.parametrize(
    ("manifest", "reason", "said"),
    [
        (None, "MANIFEST_MISSING", "plugin.toml"),
        ("name =\n", "MANIFEST_UNREADABLE", "line 1"),
        ("# " + "x" * 70_000, "MANIFEST_UNREADABLE", "65536"),
        (MANIFEST.replace('"pump"', '"drain"'), "MANIFEST_NAME_DIFFERS", "drain"),
        (MANIFEST.replace("= 1", "= 7") + 'of_level_seven = "yes"\n', "API_LEVEL_TOO_NEW", "level 7"),
    ],
)
def test_a_manifest_that_cannot_be_read_says_why(found, manifest, reason, said):
    plugin = found(manifest=manifest)
    error = refusal(lambda: read_manifest(plugin))
    assert error.reason == reason
    assert said in error.message()


def test_the_manifest_is_read_without_running_the_plugin(found):
    assert read_manifest(found("raise RuntimeError('it ran')\n")).title.zh == "泵站"


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ("", "entry point"),
        (PROJECT.replace('pump = "ucs_capability_pump"\n', ""), "entry point"),
        (PROJECT.replace('"ucs_capability_pump"', '"no such"'), "not the name of a module"),
        (PROJECT.replace('"ucs_capability_pump"', '"elsewhere"'), "neither in src"),
        ("[project", "cannot be read"),
    ],
)
def test_a_folder_without_a_plugin_says_what_it_lacks(plugin_folder, project, said):
    folder = plugin_folder(project=project)
    error = refusal(lambda: find_in_folder(folder))
    assert error.reason == "PLUGIN_FOLDER"
    assert said in error.message()


def test_two_plugins_of_one_name_are_both_named():
    points = [
        EntryPoint(name="pump", value=module, group="ucs.plugins") for module in ("first_of_ours", "second_of_ours")
    ]
    found = find_plugins(points)
    assert len(found) == 2
    error = refusal(lambda: check_names(found))
    assert (error.reason, error.code) == ("PLUGIN_NAME_TAKEN", Code.ALREADY_EXISTS)
    check_names(found[:1])


@pytest.mark.parametrize(
    ("code", "permissions", "reason"),
    [
        ("@pump.every(seconds=60)\nasync def tidy(ctx: Context): ...\n", "", "PERMISSION_UNSTATED"),
        ("@hookimpl\ndef ucs_admit(): ...\n", "", "PERMISSION_UNSTATED"),
        ("@hookimpl\nasync def ucs_run(ctx): ...\n", "", "PERMISSION_UNSTATED"),
        ("@hookimpl\nasync def ucs_run(ctx): ...\n", 'permissions = ["run"]', None),
        ('pump.emits("city.pump.on.v1", Level)\n', 'permissions = ["events"]', "EVENT_UNSTATED"),
        ('pump.emits("city.rain.on.v1", Level)\n', 'permissions = ["events"]', "EVENT_FOREIGN"),
        (
            'pump.emits("city.pump.on.v1", Level)\n',
            'permissions = ["events"]\nevents_out = ["city.pump.on.v1"]',
            None,
        ),
    ],
)
def test_what_is_declared_is_held_to_the_manifest(found, code, permissions, reason):
    plugin = found(code, manifest=MANIFEST + permissions)
    if reason is None:
        load_plugin(plugin)
    else:
        assert refusal(lambda: load_plugin(plugin)).reason == reason
