"""`casbin` and `pycasbin` are two distributions of one module and overwrite each other: only the second may be here."""

import importlib.metadata


def frozen(**where):
    """The versions of the distribution `casbin` that are installed."""
    return [item.version for item in importlib.metadata.distributions(name="casbin", **where)]


def test_the_frozen_distribution_is_not_installed():
    assert frozen() == []
    assert importlib.metadata.version("pycasbin").startswith("2.")


def test_the_frozen_distribution_would_be_found(tmp_path):
    for name, version in [("casbin", "1.43.0"), ("pycasbin", "2.8.0")]:
        info = tmp_path / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    assert frozen(path=[str(tmp_path)]) == ["1.43.0"]
