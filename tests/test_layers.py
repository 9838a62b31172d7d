"""The house's rules: who may import whom, and what importing costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "mimik"
FOUNDATION = {"types", "errors", "tables", "assign"}
MAY_IMPORT: dict[str, set[str]] = {
    "types": set(),
    "errors": set(),
    "tables": {"errors"},
    "models": {"types", "errors"},
    "sources": {"types", "errors", "tables"},
    "track": {"types", "errors"},
    "quality": {"types", "errors", "crop"},
    "crop": {"types", "errors", "models.card"},
    "tasks": {"types", "errors", "tables", "models.card"},
    "smooth": {"types", "errors", "tasks"},
    "detect": {"types", "errors", "tables", "models", "boxes"},
    "recognise": {"types", "errors", "models", "tasks", "crop"},
}


def imports_of(path: Path) -> set[str]:
    """Modules of mimik that a file imports anywhere, without the first "mimik."."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name.removeprefix("mimik.") for name in found if name.split(".")[0] == "mimik" and name != "mimik"}


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


def test_only_the_session_imports_onnxruntime() -> None:
    users = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py") if "onnxruntime" in outside_imports(p)]
    assert users == ["models/session.py"]


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
