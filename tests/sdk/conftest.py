"""Plugins that are written for one test, in a folder of their own."""

from textwrap import dedent

import pytest
from plugin_texts import HEAD, MANIFEST, PROJECT

from ucs_sdk.plugins import find_in_folder


@pytest.fixture
def plugin_folder(tmp_path):
    """A function that writes a plugin called `pump`, whose module ends with a text, and returns its folder."""

    def write(code="", *, manifest=MANIFEST, project=PROJECT, head=HEAD, files=None):
        package = tmp_path / "pump" / "src" / "ucs_capability_pump"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text(head + dedent(code), "utf-8")
        if manifest is not None:
            (package / "plugin.toml").write_text(manifest, "utf-8")
        (tmp_path / "pump" / "pyproject.toml").write_text(project, "utf-8")
        for name, text in (files or {}).items():
            path = tmp_path / "pump" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), "utf-8")
        return tmp_path / "pump"

    return write


@pytest.fixture
def found(plugin_folder):
    """A function that writes such a plugin and finds it."""
    return lambda *args, **more: find_in_folder(plugin_folder(*args, **more))
