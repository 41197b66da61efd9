"""The hooks: eight or fewer, all on one page, each documented and each with a plugin that really uses it."""

from pathlib import Path

import pytest

from ucs_sdk import hookspecs
from ucs_sdk.authoring.check import check, report
from ucs_sdk.authoring.reference import hooks_page
from ucs_sdk.messages import Locale
from ucs_sdk.plugins import SPECS, find_in_folder, load_plugin
from ucs_sdk.plugins.hooks import expected_hints

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "plugins" / "hooks.md"
EXAMPLE = REPOSITORY / "examples" / "08-pump-stations"
LINES_MOST = 120


def test_there_are_eight_or_fewer_on_one_page():
    assert 0 < len(SPECS) <= 8
    assert len(Path(hookspecs.__file__).read_text("utf-8").splitlines()) <= LINES_MOST


@pytest.mark.parametrize("name", SPECS)
def test_every_hook_has_a_section_with_its_words_and_a_real_user(name):
    _, _, section = PAGE.read_text("utf-8").partition(f"## `{name}`")
    section = section.partition("\n## ")[0]
    assert SPECS[name].__doc__.strip().splitlines()[0] in section
    user = section.rpartition("(../../")[2].rstrip(").\n")
    assert f"def {name}(" in (REPOSITORY / user).read_text("utf-8")


def test_the_page_is_what_the_code_says():
    assert PAGE.read_text("utf-8") == hooks_page(REPOSITORY), "write it anew: see its second paragraph"


def test_every_hook_is_typed_throughout():
    for name in SPECS:
        hints = expected_hints(name)
        assert all(hint is not object for hint in hints.values())
        assert "return" in hints


def test_a_hook_without_words_or_without_a_user_is_found(tmp_path):
    def ucs_health(ctx): ...

    with pytest.raises(LookupError, match="not documented"):
        hooks_page(REPOSITORY, {"ucs_health": ucs_health})
    with pytest.raises(LookupError, match="no plugin"):
        hooks_page(tmp_path)


def test_the_example_uses_every_hook_and_holds_platinum():
    assert load_plugin(find_in_folder(EXAMPLE)).hooks.keys() == SPECS.keys()
    verdict = check(EXAMPLE)
    assert verdict.holds, report(verdict, Locale.EN)
    assert verdict.declared.word == "platinum"
