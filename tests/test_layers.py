"""The house's rules: who may import whom, and what importing costs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "mimik"
FLOORS: dict[int, tuple[str, ...]] = {
    1: ("_moved", "_version", "colours", "errors", "facs", "readings", "tables", "types"),
    2: ("storage", "models", "mesh"),
    3: ("sources", "tasks", "render"),
    4: ("faces", "voice"),
    5: ("temporal", "explain", "data"),
    6: ("pipeline", "results", "evaluate"),
    7: ("runs", "plots"),
    8: ("train", "publish", "app"),
    9: ("cli", "bench", "__main__"),
}
"""Floor to its rooms; a room imports those of lower floors."""
BESIDE: dict[str, set[str]] = {
    "readings": {"facs"},
    "types": {"readings", "errors"},
    "tables": {"errors"},
    "__main__": {"cli"},
    "cli": {"bench"},
    "models": {"storage"},
}
"""Room to those of its own floor that it may import."""
NOT_YET: set[str] = set()
"""Rooms whose floor is known and that nobody has moved into."""
DOORS: dict[str, set[str]] = {"train": {"cli/train.py", "cli/tune.py"}, "app": {"cli/serving.py"}}
"""Heavy room to the files of the command line that may import it."""
MOST_AT_ROOT = 12
FILES = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py") if p != ROOT / "__init__.py")
FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}


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


def may_import(room: str, other: str) -> bool:
    """Whether a room may import another."""
    return other == room or other in BESIDE.get(room, ()) or FLOOR_OF[other] < FLOOR_OF[room] != 1


@pytest.mark.parametrize("name", FILES)
def test_a_room_imports_lower_floors_only(name: str) -> None:
    room = room_of(name)
    broken = {module for module in imports_of(ROOT / name) if not may_import(room, module.split(".")[0])}
    assert not broken, f"{name} may not import {', '.join(sorted(broken))}"


def test_every_room_has_a_floor() -> None:
    assert {room_of(name) for name in FILES} | NOT_YET == set(FLOOR_OF)
    assert not {room_of(name) for name in FILES} & NOT_YET


def test_the_documentation_draws_the_same_floors() -> None:
    text = (ROOT.parents[1] / "docs" / "house.md").read_text(encoding="utf-8")
    drawn: dict[str, tuple[int, set[str]]] = {}
    for floor, cell in re.findall(r"^\| (\d) \| ([^|]+) \|", text, re.MULTILINE):
        rooms, _, beside = cell.partition(" (")
        for room in re.findall(r"`(\w+)/?`", rooms):
            drawn[room] = int(floor), set(re.findall(r"`(\w+)`", beside))
    assert drawn == {room: (FLOOR_OF[room], BESIDE.get(room, set())) for room in set(FLOOR_OF) - NOT_YET}


def test_the_root_holds_a_dozen_modules_at_most() -> None:
    assert len(list(ROOT.glob("*.py"))) <= MOST_AT_ROOT


@pytest.mark.parametrize("room", DOORS)
def test_a_heavy_room_has_few_doors(room: str) -> None:
    users = {
        name
        for name in FILES
        if room_of(name) != room and any(m.split(".")[0] == room for m in imports_of(ROOT / name))
    }
    assert users == DOORS[room]


def test_files_import_each_other_in_no_circle() -> None:
    """Imports for type checkers alone don't count; those inside functions do."""
    graph = {name: {f for m in imports_of_run(ROOT / name) for f in files_of(m)} - {name} for name in FILES}
    done: set[str] = set()
    while ready := {name for name in graph if name not in done and graph[name] <= done}:
        done |= ready
    assert not set(graph) - done


def imports_of_run(path: Path) -> set[str]:
    """As imports_of, without what stands under ``if TYPE_CHECKING``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("mimik."):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name.removeprefix("mimik.") for name in found}


def files_of(module: str) -> set[str]:
    """The file of a module, if it is one."""
    return {f"{module.replace('.', '/')}.py"} & set(FILES)


def test_no_import_is_relative() -> None:
    for path in ROOT.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        assert not [n for n in nodes if isinstance(n, ast.ImportFrom) and n.level], path


def test_the_check_sees_every_form_of_import(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(
        "import mimik.faces.crop as c\nfrom mimik.data.base import Sample\n"
        "from mimik import hide, __version__\nimport numpy\ndef f():\n    import mimik.train.loop\n"
    )
    assert imports_of(path) == {"faces.crop", "data.base", "hide", "train.loop"}


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
            assert path.name in ("train.py", "tune.py"), f"{path} imports torch"


def test_only_the_session_runs_onnxruntime_and_only_export_uses_its_quantiser() -> None:
    users = [
        p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py") if "onnxruntime" in outside_imports(p)
    ]
    assert sorted(users) == ["models/session.py", "train/export/int8.py"]


def test_only_one_module_imports_fsspec() -> None:
    users = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py") if "fsspec" in outside_imports(p)]
    assert users == ["storage/remote.py"]


def test_importing_mimik_is_light() -> None:
    code = "import sys; import mimik; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy = {"torch", "pandas", "numpy", "av", "matplotlib", "onnxruntime", "cv2", "fastapi", "typing"}
    assert not heavy & set(loaded.split())
