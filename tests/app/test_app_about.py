"""What the server says of itself, its page, and its description against what it does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from app_server import Served
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route

from mimik._version import __version__
from mimik.app.metrics import EDGES_S, Metrics
from mimik.app.routes.page import page_router
from mimik.models.sets import MODEL_SETS
from mimik.models.store import catalogue, find_model

DOCS = Path(__file__).parents[2] / "docs" / "app.md"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_every_answer_is_as_described(serve: Callable[..., Served]) -> None:
    """Made-up requests for every operation find no 5xx, and no answer that isn't described."""
    served = serve()  # of its own: jobs that are made up leave files
    study = served.http.post("/v1/studies", json={"name": "s", "groups": ["a"]}).json()["id"]
    person = served.http.post(f"/v1/studies/{study}/people", json={"code": "P", "group": "a"}).json()["id"]
    number = served.session(study_id=study, person_id=person)
    served.http.post(f"/v1/sessions/{number}/markers", json={"time_s": 0, "end_s": 1, "label": "m"})
    described = schemathesis.openapi.from_url(f"http://127.0.0.1:{served.port}/openapi.json")
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:
        check_operation(operation)


def check_operation(operation: Any) -> None:
    @settings(
        max_examples=3,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, timeout=60)

    check()


def test_health_models_and_settings(served: Served) -> None:
    health = served.http.get("/v1/health").json()
    assert health["status"] == "ok" and health["version"] == __version__
    assert health["connections_max"] == 16 and health["uptime_s"] >= 0
    models = served.http.get("/v1/models").json()
    assert models["default"] == "base" and set(models["sets"]) == set(MODEL_SETS)
    assert models["tasks"] == ["emotion", "gender", "age", "au"]
    assert "happy" in models["labels"]["emotion"] and "AU12" in models["labels"]["au"]
    assert models["units"]["AU12"] == "lip corner puller"
    assert {card["name"] for card in models["cards"]} == set(catalogue()), "any may be chosen"
    assert all(card["licence"] and card["limits"] is not None for card in models["cards"])
    about = served.http.get("/v1/settings").json()
    assert about["keeps"] == "results" and Path(about["data_folder"]).is_dir() and about["sources"] == []
    assert about["limits"]["connections"] == 16


def test_every_address_and_limit_is_documented(served: Served) -> None:
    text = DOCS.read_text(encoding="utf-8")
    for path in served.http.get("/openapi.json").json()["paths"]:
        assert re.sub(r"\{\w+\}", "ID", path).replace("plots/ID", "plots/NAME") in text, path
    for name in served.http.get("/v1/settings").json()["limits"]:
        assert f"`{name}`" in text, name
    assert "/v1/live" in text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/sessions", "GET, POST"),
        ("POST", "/v1/sessions/1", "GET, PATCH, DELETE"),
        ("GET", "/v1/sessions/1/reference", "POST, DELETE"),
        ("DELETE", "/", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_taken_names_those_that_are(
    served: Served, method: str, path: str, allowed: str
) -> None:
    answer = served.http.request(method, path)
    assert answer.status_code == 405 and answer.headers["allow"] == allowed
    assert answer.json()["error"]["message"] == f"{method} can't be done here; {allowed} can"


def test_metrics_are_in_the_form_of_prometheus(served: Served) -> None:
    served.http.get("/v1/health")
    answer = served.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    line = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+$')
    for text in answer.text.splitlines():
        assert text.startswith(("# HELP ", "# TYPE ")) or line.fullmatch(text), text
    assert 'mimik_requests_total{method="GET",status="200"}' in answer.text


def test_the_histogram_adds_up() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.2, 0.2, 99):
        metrics.latency(seconds)
    text = metrics.text()
    assert f'mimik_latency_seconds_bucket{{le="{EDGES_S[0]:g}"}} 1' in text
    assert 'bucket{le="0.2"} 3' in text and 'bucket{le="+Inf"} 4' in text
    assert "mimik_latency_seconds_count 4" in text and "mimik_latency_seconds_sum 99.401" in text


def test_cards_tell_from_where_on_a_unit_is_active(served: Served) -> None:
    told = served.http.get("/v1/models").json()
    cards = {card["name"]: card for card in told["cards"]}
    for task, name in told["sets"][told["default"]].items():
        card, _ = find_model(name)
        assert cards[name]["thresholds"] == dict(zip(card.labels, card.thresholds, strict=False))
        assert bool(cards[name]["thresholds"]) == (task == "au")


def test_the_page_is_served_by_a_list_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>", encoding="utf-8")
    (tmp_path / "assets" / "index-Dk3s9fXq.js").write_text("1", encoding="utf-8")
    (tmp_path / "assets" / "index.css").write_text("a{}", encoding="utf-8")
    (tmp_path / ".hidden").write_text("x", encoding="utf-8")
    routes = {r.path: r for r in page_router(tmp_path).routes if isinstance(r, Route) or hasattr(r, "path")}
    assert set(routes) == {"/", "/assets/index-Dk3s9fXq.js", "/assets/index.css"}
    kept = {path: dict(route.endpoint().headers) for path, route in routes.items()}
    assert kept["/"]["content-type"] == "text/html; charset=utf-8"
    assert kept["/"]["cache-control"] == kept["/assets/index.css"]["cache-control"] == "no-cache"
    assert kept["/assets/index-Dk3s9fXq.js"]["cache-control"].endswith("immutable")
    assert kept["/assets/index-Dk3s9fXq.js"]["content-type"].startswith("text/javascript")


def test_a_missing_page_says_what_to_do(tmp_path: Path) -> None:
    (route,) = page_router(tmp_path / "nowhere").routes
    answer = asyncio.run(route.endpoint())  # type: ignore[attr-defined]
    assert answer.status_code == 404 and b"npm run build" in answer.body


def test_the_server_without_the_page(serve: Callable[..., Served]) -> None:
    server = serve(page=False)
    answer = server.http.get("/")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "not_found"
    assert json.loads(server.http.get("/openapi.json").text)["openapi"].startswith("3.")
