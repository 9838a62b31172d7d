"""The OpenAPI description makes good clients: names, files, and faces with types."""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from app_server import Served

OPERATIONS = {
    "about": ["get_health", "get_metrics", "get_models", "get_settings"],
    "files": ["analyze", "cancel_job", "explain", "get_job", "get_job_frames", "make_table", "start_job"],
    "sessions": [
        *("add_marker", "add_session_frames", "add_session_spans", "change_marker", "change_session"),
        *("create_session", "delete_marker", "delete_session", "delete_session_reference"),
        *("export_session", "get_session", "get_session_frames", "get_session_plot", "get_session_report"),
        *("get_session_spans", "list_markers", "list_sessions", "set_session_reference"),
    ],
    "studies": [
        *("add_person", "change_person", "change_study", "create_study", "delete_study", "export_study"),
        *("get_study", "get_study_intervals", "get_study_numbers", "get_study_timeline", "list_people"),
        *("list_studies", "remove_person"),
    ],
}
"""Tag to its operations: clients are made with these names, so they stay."""
DOCS = Path(__file__).parents[2] / "docs" / "app.md"


def test_every_file_of_a_request_is_told_as_one(described: dict[str, Any]) -> None:
    """Makers of clients know a file by this format."""
    schemas = described["components"]["schemas"]
    parts = {
        f"{name}.{part}": schema.get("items", schema)
        for name in schemas
        if name.startswith("Body_")
        for part, schema in schemas[name]["properties"].items()
    }
    assert {"Body_analyze.files", "Body_analyze.neutral", "Body_make_table.file"} <= parts.keys()
    assert all(schema["format"] == "binary" for schema in parts.values()), parts


def test_operations_keep_their_names_and_tags(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    found: dict[str, list[str]] = {}
    for methods in described["paths"].values():
        for operation in methods.values():
            (tag,) = operation["tags"]
            found.setdefault(tag, []).append(operation["operationId"])
    assert {tag: sorted(names) for tag, names in found.items()} == OPERATIONS
    assert [tag["name"] for tag in described["tags"]] == list(OPERATIONS)


def test_a_made_client_reads_typed_faces(served: Served, client: ModuleType, photo: bytes) -> None:
    analyze = importlib.import_module("mimik_client.api.files.analyze")
    models, types = (importlib.import_module(f"mimik_client.{name}") for name in ("models", "types"))
    body = models.BodyAnalyze(files=[types.File(payload=io.BytesIO(photo), file_name="me.jpg")])
    server = client.Client(base_url=f"http://127.0.0.1:{served.port}", timeout=60)
    with server:
        told = analyze.sync(client=server, body=body, models="mini", tasks=["emotion", "age"])
    assert isinstance(told, models.Analysis)
    (result,) = told.results
    assert (result.file, result.status, result.error) == ("me.jpg", "ok", None)
    (face,) = result.frames[0].faces
    assert isinstance(face, models.FaceModel) and isinstance(face.emotion, models.ClassReadingModel)
    assert face.emotion.label == "happy" and face.emotion.probabilities["happy"] > 0.9
    assert 15 < face.age.low < face.age.years < face.age.high < 80
    assert face.au is types.UNSET and result.made_by.settings.smoothing.strength == 1


def test_a_made_client_reads_a_job(served: Served, client: ModuleType, photo: bytes) -> None:
    files = {
        name: importlib.import_module(f"mimik_client.api.files.{name}")
        for name in ("start_job", "get_job", "get_job_frames", "cancel_job")
    }
    models, types = (importlib.import_module(f"mimik_client.{name}") for name in ("models", "types"))
    body = models.BodyStartJob(files=[types.File(payload=io.BytesIO(photo), file_name="me.jpg")])
    with client.Client(base_url=f"http://127.0.0.1:{served.port}", timeout=60) as server:
        job = files["start_job"].sync(client=server, body=body, models="mini", tasks=["emotion"]).id
        while (told := files["get_job"].sync(job, client=server)).state == "running":
            pass
        assert [(file.file, file.state, file.frames) for file in told.files] == [("me.jpg", "done", 1)]
        lines = files["get_job_frames"].sync(job, 0, client=server).payload.read().splitlines()
        (frame,) = [models.FrameModel.from_dict(json.loads(line)) for line in lines]
        assert frame.faces[0].emotion.label == "happy"
        assert files["cancel_job"].sync_detailed(job, client=server).status_code == 204


def test_an_error_is_typed(served: Served, client: ModuleType) -> None:
    analyze = importlib.import_module("mimik_client.api.files.analyze")
    models = importlib.import_module("mimik_client.models")
    with client.Client(base_url=f"http://127.0.0.1:{served.port}", timeout=60) as server:
        told = analyze.sync(client=server, body=models.BodyAnalyze(files=[]), models="mini")
    assert isinstance(told, models.Problem) and told.error.code == "invalid"


@pytest.mark.parametrize("library", ["httpx", "mimik_client"])
@pytest.mark.usefixtures("client")
def test_the_examples_of_the_documentation_run(
    served: Served,
    photo: bytes,
    library: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    examples = re.findall(r"```python\n(.+?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [text for text in examples if f"import {library}" in text or f"from {library} " in text]
    (tmp_path / "photo.jpg").write_bytes(photo)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MIMIK_TOKEN", "a-token-of-the-tests")
    exec(example.replace("8464", str(served.port)), {})
    assert capsys.readouterr().out.startswith("happy ")
