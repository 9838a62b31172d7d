"""The house's rules: who may import whom, and what importing costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "mimik"
CLI_TRAIN = "cli/train.py"
FOUNDATION = {"types", "facs", "readings", "errors", "tables", "assign", "boxes"}
BASE = {"types", "readings", "errors", "tables"}
STAGES = {"models", "sources", "track", "quality", "crop", "tasks", "smooth", "detect", "recognise"}
OUTPUT = {"writers", "hiding", "text", "render", "results", "summarise", "formats"}
OUTPUT |= {"batch", "progress", "workers", "explain", "evidence", "curves", "plot", "schematic"}
MAY_IMPORT: dict[str, set[str]] = {
    "facs": set(),
    "readings": {"facs"},
    "types": {"readings", "errors"},
    "errors": set(),
    "tables": {"errors"},
    "assign": set(),
    "boxes": {"types"},
    "text": set(),
    "versions": set(),
    # The way of the data
    "models": {"types", "errors"},
    "sources": BASE,
    "track": {"types", "errors", "assign", "boxes"},
    "quality": {"types", "errors", "crop", "boxes"},
    "crop": {"types", "errors", "models.card"},
    "tasks": {*BASE, "models.card"},
    "smooth": {"types", "errors", "tasks"},
    "detect": {*BASE, "models", "boxes"},
    "recognise": {"types", "errors", "models", "tasks", "crop"},
    "neutral": {"types", "readings", "errors", "models.card", "tasks", "recognise"},
    "stream": FOUNDATION | STAGES | {"neutral"},
    "explain": {"types", "readings", "facs"},
    "evidence": {"types", "errors", "crop", "recognise", "text"},
    "pipeline": FOUNDATION | STAGES | {"neutral", "stream", "versions"},
    "at_once": {"types", "errors", "pipeline", "neutral", "sources", "models.store"},
    # What becomes of results
    "hiding": {"types", "errors"},
    "render": {"types", "readings", "errors", "hiding", "text"},
    "writers": BASE,
    "progress": {"types", "errors"},
    "workers": {"types", "errors", "writers", "progress"},
    "batch": {"types", "errors", "writers", "progress", "workers"},
    "results": {"types", "errors", "writers"},
    "summarise": {"errors", "readings", "results", "writers"},
    "schematic": set(),
    "curves": {"errors", "readings", "writers"},
    "plot": {"errors", "facs", "results", "writers", "schematic", "curves"},
    "formats": {"errors", "tables", "writers"},
    # Data, evaluation, training
    "data": {*BASE, "facs", "crop", "models.card", "sources.images", "tasks.age"},
    "evaluate": {"types", "facs", "errors", "sources", "data", "pipeline"}
    | {"detect", "recognise", "models", "tasks", "crop"},
    "train": {*BASE, "facs", "crop", "detect", "tasks", "models", "recognise", "data", "evaluate"},
    # What joins all
    "bench": {"types", "errors", "sources", "recognise", "pipeline", "stream", "writers.video"},
    "app": FOUNDATION
    | {"models", "sources", "tasks", "smooth", "detect", "recognise", "neutral", "stream", "pipeline"}
    | {"writers", "hiding", "curves", "plot", "schematic", "explain", "facs"},
    "__main__": {"cli"},
    "cli": FOUNDATION | STAGES | OUTPUT | {"pipeline", "stream", "neutral", "data", "evaluate", "bench"},
}
"""Room to the rooms, or modules of rooms, that it may import besides itself."""
ALSO: dict[str, set[str]] = {
    "writers/video.py": {"render"},
    CLI_TRAIN: {"train"},
    "cli/serving.py": {"app"},
}
"""Single files that may import more."""
FILES = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py") if p != ROOT / "__init__.py")


def imports_of(path: Path) -> set[str]:
    """Modules of mimik that a file imports anywhere, without the first "mimik."."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "mimik":
            found.update(f"mimik.{alias.name}" for alias in node.names if alias.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name.removeprefix("mimik.") for name in found if name.startswith("mimik.")}


def room_of(name: str) -> str:
    """The room of a file: its folder, or its own name."""
    return name.split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("name", FILES)
def test_a_room_imports_only_what_it_may(name: str) -> None:
    room = room_of(name)
    allowed = MAY_IMPORT[room] | {room} | ALSO.get(name, set())
    broken = {
        module
        for module in imports_of(ROOT / name)
        if not any(module == entry or module.startswith(f"{entry}.") for entry in allowed)
    }
    assert not broken, f"{name} may not import {', '.join(sorted(broken))}"


def test_every_room_is_in_the_table() -> None:
    assert {room_of(name) for name in FILES} == set(MAY_IMPORT)


def test_no_import_is_relative() -> None:
    for path in ROOT.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        assert not [n for n in nodes if isinstance(n, ast.ImportFrom) and n.level], path


def test_the_check_sees_every_form_of_import(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(
        "import mimik.crop as c\nfrom mimik.data.base import Sample\nfrom mimik import hide, __version__\n"
        "import numpy\ndef f():\n    import mimik.train.loop\n"
    )
    assert imports_of(path) == {"crop", "data.base", "hide", "train.loop"}


def outside_imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
    return found


def test_only_training_imports_torch() -> None:
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0]
        if "torch" in outside_imports(path) and room != "train":
            assert path.name == "train.py", f"{path} imports torch"


def test_only_the_session_runs_onnxruntime_and_only_export_uses_its_quantiser() -> None:
    users = [
        p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py") if "onnxruntime" in outside_imports(p)
    ]
    assert sorted(users) == ["models/session.py", "train/int8.py"]


def test_importing_mimik_is_quick_and_light() -> None:
    code = (
        "import sys, time; t = time.perf_counter(); import mimik; "
        "print(time.perf_counter() - t); print(*sys.modules)"
    )
    took, loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert float(took) < 0.3
    assert not {"torch", "pandas", "av", "matplotlib", "onnxruntime", "cv2", "fastapi"} & set(loaded.split())


def test_public_names_exist() -> None:
    import mimik

    for name in mimik.__all__:
        assert getattr(mimik, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = mimik.nonsense
