"""The SDK installs and imports with what its own metadata names, and nothing else of the platform."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

PROBE = """
import importlib, importlib.util, pkgutil
import pluggy, pydantic, ucs_sdk
for module in pkgutil.walk_packages(ucs_sdk.__path__, "ucs_sdk."):
    if not module.name.startswith("ucs_sdk.client.wire"):
        importlib.import_module(module.name)
for name in ("ucs", "ucs_registry", "ucs_core", "grpc", "sqlalchemy", "casbin", "starlette", "strawberry", "typer"):
    assert importlib.util.find_spec(name) is None, f"{name} is installed"
"""


def build(source: Path, out: Path) -> Path:
    """The wheel of a room, built without network or isolation, from a copy so that nothing is left behind in the source."""
    shutil.copytree(source, out / "source", ignore=shutil.ignore_patterns("__pycache__", "dist"))
    shutil.copytree(Path(__file__).parents[2] / "templates", out / "templates")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out / "dist"],
        cwd=out / "source",
        check=True,
        capture_output=True,
    )
    (wheel,) = (out / "dist").glob("*.whl")
    return wheel


def install(wheel: Path, home: Path) -> Path:
    """A fresh environment with the wheel and, copied from this one, all that its metadata requires; gives its Python."""
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, wheel], check=True, capture_output=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (metadata,) = packages.glob("ucs_sdk-*.dist-info")
    for distribution in _closure(importlib.metadata.Distribution.at(metadata).requires or []):
        for file in distribution.files or []:
            if ".." not in file.parts and file.suffix != ".pyc":
                (packages / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), packages / file)
    return python


def _closure(requirements: list[str]) -> list[importlib.metadata.Distribution]:
    found: dict[str, importlib.metadata.Distribution] = {}
    waiting = list(requirements)
    while waiting:
        name, _, marker = waiting.pop().partition(";")
        name = re.match(r"[\w.-]+", name).group().lower()
        if "extra" not in marker and name not in found:
            found[name] = importlib.metadata.distribution(name)
            waiting += found[name].requires or []
    return list(found.values())


def probe(python: Path, text: str = PROBE) -> subprocess.CompletedProcess[str]:
    """Run a text in the fresh environment, away from this checkout (`-P`) and from this environment's variables."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        [python, "-P", "-W", "error", "-c", text],
        env=clean,
        cwd=python.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(workspace, tmp_path_factory):
    return build(workspace / "sdk", tmp_path_factory.mktemp("sdk"))


@pytest.fixture(scope="module")
def alone(wheel, tmp_path_factory):
    return install(wheel, tmp_path_factory.mktemp("alone") / "venv")


def test_every_module_of_the_sdk_imports_without_the_platform(alone):
    result = probe(alone)
    assert result.returncode == 0, result.stdout


def test_a_client_without_its_extra_names_it(alone):
    made = """
from ucs_sdk import FailedPrecondition
from ucs_sdk.client import Client
try:
    Client()
except FailedPrecondition as error:
    print(error)
"""
    result = probe(alone, made)
    assert "CLIENT_EXTRA_MISSING" in result.stdout
    assert "install ucs-sdk[client]" in result.stdout


def test_the_front_door_does_not_bring_the_wire_along(workspace):
    asked = "import sys, ucs_sdk, ucs_sdk.client; assert not {'grpc', 'google.protobuf', 'ucs'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True)


def test_the_sdk_requires_pluggy_and_pydantic_only(workspace):
    project = tomllib.loads((workspace / "sdk" / "pyproject.toml").read_text("utf-8"))["project"]
    assert {re.match(r"[\w-]+", requirement).group() for requirement in project["dependencies"]} == {
        "pluggy",
        "pydantic",
    }


def test_the_sdk_ships_its_types(wheel):
    with zipfile.ZipFile(wheel) as archive:
        assert "ucs_sdk/py.typed" in archive.namelist()


def test_the_sdk_carries_the_templates(wheel):
    with zipfile.ZipFile(wheel) as archive:
        kinds = {name.split("/")[2] for name in archive.namelist() if name.endswith("/cookiecutter.json")}
    assert kinds == {"operation", "event"}


def test_the_source_distribution_carries_them_and_a_wheel_can_be_made_of_it_alone(workspace, tmp_path):
    shutil.copytree(workspace / "sdk", tmp_path / "sdk", ignore=shutil.ignore_patterns("__pycache__", "dist"))
    shutil.copytree(workspace / "templates", tmp_path / "templates")
    hatch = [sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "dist", "-t"]
    subprocess.run([*hatch, "sdist"], cwd=tmp_path / "sdk", check=True, capture_output=True)
    (archive,) = (tmp_path / "dist").glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path / "apart", filter="data")
    (unpacked,) = (tmp_path / "apart").iterdir()
    subprocess.run([*hatch, "wheel"], cwd=unpacked, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as built:
        assert "ucs_sdk/templates/event/cookiecutter.json" in built.namelist()


def test_an_sdk_built_without_the_templates_is_refused(workspace, tmp_path):
    shutil.copytree(workspace / "sdk", tmp_path / "sdk", ignore=shutil.ignore_patterns("__pycache__", "dist"))
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=tmp_path / "sdk",
        check=False,
        capture_output=True,
    )
    assert built.returncode != 0
    assert b"templates" in built.stderr


def test_a_plugin_is_made_and_checked_with_the_sdk_alone(alone, tmp_path):
    ucs = alone.with_name("ucs")
    new = [ucs, "plugin", "new", "rain", "--output", tmp_path]
    for words in (new, [ucs, "plugin", "check", tmp_path / "rain"], [ucs, "plugin", "docs", tmp_path / "rain"]):
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_launcher_starts_without_the_platform(alone):
    result = subprocess.run([alone.with_name("ucs"), "--help"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "ucs" in result.stdout


@pytest.mark.parametrize("line", ["import ucs_registry", "import sqlalchemy"])
def test_an_sdk_that_leans_on_the_platform_is_found(workspace, tmp_path, line):
    leaning = tmp_path / "leaning"
    shutil.copytree(workspace / "sdk", leaning, ignore=shutil.ignore_patterns("__pycache__"))
    (leaning / "src" / "ucs_sdk" / "leaning.py").write_text(line)
    result = probe(install(build(leaning, tmp_path / "built"), tmp_path / "venv"))
    assert result.returncode != 0
    assert "ModuleNotFoundError" in result.stdout


def test_an_sdk_that_requires_the_platform_is_found(workspace, tmp_path):
    heavy = tmp_path / "heavy"
    shutil.copytree(workspace / "sdk", heavy, ignore=shutil.ignore_patterns("__pycache__"))
    settings = heavy / "pyproject.toml"
    settings.write_text(settings.read_text().replace('"pluggy>=1.7,<2"', '"pluggy>=1.7,<2", "sqlalchemy"'))
    result = probe(install(build(heavy, tmp_path / "built"), tmp_path / "venv"))
    assert "sqlalchemy is installed" in result.stdout
