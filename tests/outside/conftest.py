"""A package from outside that adds one of each kind to mimik, built and installed as pip does it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PACKAGE = Path(__file__).parent / "glasses"
LABELS = ("bare", "clear", "dark")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process in which the package is installed."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    alone = ["--no-deps", "--no-build-isolation", "--target", str(target), str(PACKAGE)]
    subprocess.run([*pip, *alone], check=True)
    paths = [str(target), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture
def python(environment: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """``python(*words, code=0, error="")``: what a process prints that ends with that code and error."""

    def run(*words: object, code: int = 0, error: str = "") -> str:
        ended = subprocess.run(
            [sys.executable, *map(str, words)], capture_output=True, text=True, cwd=tmp_path, env=environment
        )
        assert ended.returncode == code, ended.stderr
        assert error in ended.stderr
        return ended.stdout

    return run


@pytest.fixture
def mimik(python: Callable[..., str]) -> Callable[..., str]:
    """The same of a command of mimik's."""

    def run(*words: object, code: int = 0, error: str = "") -> str:
        return python("-m", "mimik", *words, code=code, error=error)

    return run


@pytest.fixture
def model(make_model: Callable[..., Path]) -> Path:
    """A model of the package's task, an .onnx file with its card."""
    return make_model("glasses", labels=LABELS)


@pytest.fixture
def spectacles(tmp_path: Path) -> Path:
    """The data set that the package reads: 60 pictures whose brightness tells the label."""
    folder = tmp_path / "spectacles"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(60):
        label = LABELS[number % 3]
        pixels = rng.integers(80 * (number % 3), 80 * (number % 3) + 60, (24, 24, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{label}-{number}.png")
    return folder


@pytest.fixture
def folders(spectacles: Path, tmp_path: Path) -> Path:
    """The same pictures in a folder a class, written otherwise, under train and test."""
    for path in sorted(spectacles.iterdir()):
        label, _, number = path.stem.partition("-")
        folder = tmp_path / "folders" / ("test" if int(number) >= 45 else "train") / label.capitalize()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / path.name).write_bytes(path.read_bytes())
    return tmp_path / "folders"


@pytest.fixture
def table(spectacles: Path) -> Callable[[str], Path]:
    """``table(column)``: a CSV of the same pictures with their labels in a column of that name."""

    def write(column: str) -> Path:
        rows = [f"path,{column},split"]
        for path in sorted(spectacles.iterdir()):
            label, _, number = path.stem.partition("-")
            rows.append(f"spectacles/{path.name},{label},{'test' if int(number) >= 45 else 'train'}")
        file = spectacles.parent / f"{column}.csv"
        file.write_text("\n".join(rows) + "\n")
        return file

    return write
