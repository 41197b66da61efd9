"""`ucs plugin docs`: a page in both languages with all that a plugin declares."""

from pathlib import Path

import pytest

from ucs_sdk.authoring.docs import page
from ucs_sdk.authoring.new import make
from ucs_sdk.launcher import main

REPOSITORY = Path(__file__).parents[2]


def test_the_page_of_echo_tells_of_its_operations_and_how_to_call_them():
    text = page(REPOSITORY / "capabilities" / "echo")
    assert text.startswith("# 回声 · Echo\n")
    assert "### `echo.spell` 逐字 · Spell" in text
    assert "ucs call echo.say --text 你好" in text
    assert "| `text` | string | ✓ | 文字 | What to say |" in text


def test_the_page_of_the_pump_stations_tells_of_settings_and_catalogue():
    text = page(REPOSITORY / "examples" / "08-pump-stations")
    for said in ("`pump_station`", "七号泵站", "读取间隔（秒）", "`admission`, `documents`"):
        assert said in text


def test_events_in_and_out_are_told(tmp_path):
    text = page(make("storm", "event", tmp_path).folder)
    assert "`city.rain.measured.v1`" in text
    assert "### `city.storm.heavy.v1` 暴雨 · Heavy rain" in text


@pytest.mark.parametrize("kind", ["operation", "event"])
def test_the_same_declarations_give_the_same_page(tmp_path, kind, capsys):
    folder = make("storm", kind, tmp_path).folder
    assert main(["plugin", "docs", str(folder), "--output", str(tmp_path / "page.md")]) == 0
    assert main(["plugin", "docs", str(folder)]) == 0
    assert capsys.readouterr().out == (tmp_path / "page.md").read_text("utf-8")


def test_what_would_break_a_table_does_not(plugin_folder):
    code = """
    class Bar(BaseModel):
        text: str = Field(title="甲|乙", description="a | b\\nc")

    @pump.operation(title_zh="读", title_en="Read")
    async def read(ctx: Context, asked: Bar) -> Level:
        return Level(metres=1)
    """
    assert "| `text` | string | ✓ | 甲\\|乙 | a \\| b c |" in page(plugin_folder(code))


def test_what_is_declared_stays_words_on_the_page(tmp_path):
    folder = make("storm", "operation", tmp_path).folder
    module = next(folder.glob("src/*/__init__.py"))
    hostile = r"Grade\n# a heading <script>alert(1)</script> [b](javascript:c)"
    docstring = "<img src=x>\n\n    # a heading\n    "
    source = module.read_text("utf-8").replace("Grade a rain", hostile)
    module.write_text(source.replace("Say how heavy the rain of a day is.", docstring), "utf-8")
    manifest = next(folder.glob("src/*/plugin.toml"))
    told = manifest.read_text("utf-8")
    manifest.write_text(told.replace("Says how heavy the rain of a day is.", r"<b>loud</b> \u001b[31mred"), "utf-8")
    text = page(folder)
    assert r"Grade # a heading \<script>alert(1)\</script> \[b](javascript:c)" in text
    assert r"\# a heading" in text.splitlines()
    assert r"\<img src=x>" in text
    assert r"\<b>loud\</b>" in text
    assert "\x1b" not in text
