"""The import contract of pyproject.toml, held against the package as it is installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess:
    """Run import-linter on a tree in which sim and boards stand inside rnnhw, as in a wheel."""
    program = Path(sys.executable).with_name("lint-imports")
    if not program.exists():
        pytest.skip("import-linter is not installed")
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1"}
    command = [program, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path):
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "rnnhw", tmp_path / "rnnhw", ignore=ignore)
    for name in ("sim", "boards"):
        shutil.copytree(ROOT / name, tmp_path / "rnnhw" / name, ignore=ignore)
    return tmp_path


def test_layers_are_kept(tree):
    done = lint(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 kept, 0 broken" in done.stdout


def test_a_broken_layer_is_found(tree):
    """Control: golden importing the plan must fail."""
    path = tree / "rnnhw" / "golden" / "run.py"
    path.write_text(path.read_text() + "\nfrom rnnhw.plan import make_plan\n")
    done = lint(tree)
    assert done.returncode != 0
    assert "rnnhw.golden.run -> rnnhw.plan" in done.stdout


def test_every_package_is_listed_for_installation():
    """setuptools installs what pyproject.toml lists, so the list must be the tree."""
    import tomllib

    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {"rnnhw.emit.bench", "rnnhw.sim.native"}  # files that are copied or compiled, not imported
    for folder, prefix in (("rnnhw", ""), ("sim", "rnnhw."), ("boards", "rnnhw.")):
        packages = (path.parent.relative_to(ROOT) for path in (ROOT / folder).rglob("__init__.py"))
        found |= {prefix + ".".join(package.parts) for package in packages}
    assert listed == found


def test_files_have_one_subject():
    """A file of more than 300 lines holds a second subject."""
    folders = ("rnnhw", "sim", "boards", "tests", "examples", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 50
    assert [str(path) for path in files if len(path.read_text().splitlines()) > 300] == []
