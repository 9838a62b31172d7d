"""Which models a server reads with: its own set, a request's, one's own model; products get theirs only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_server import Served

from mimik.models.add import add_models

Serve = Callable[..., Served]
MakeModel = Callable[..., Path]


def analyze(server: Served, photo: bytes, **query: Any) -> Any:
    return server.http.post("/v1/analyze", params=query, files={"files": ("a.jpg", photo)})


def read(server: Served, photo: bytes, **query: Any) -> dict[str, str]:
    """Task to the name of the model that read it."""
    answer = analyze(server, photo, **query)
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    assert result["status"] == "ok", result["error"]
    made_by = result["made_by"]
    assert set(made_by["tasks"]) <= result["frames"][0]["faces"][0].keys()
    return {task: made["name"] for task, made in made_by["models"].items() if task in made_by["tasks"]}


def test_a_server_of_the_set_for_products(serve: Serve, photo: bytes) -> None:
    server = serve(models="open")
    own = {"emotion": "emotion.open", "gender": "gender.fairface", "age": "age.fairface"}
    assert read(server, photo) == own
    assert read(server, photo, models="mini", tasks="emotion") == {"emotion": "emotion.mini"}
    told = server.http.get("/v1/models").json()
    assert told["default"] == "open" and list(told["sets"]) == ["base", "mini", "open"]
    assert told["tasks"] == ["emotion", "gender", "age", "au"] and "AU12" in told["labels"]["au"]
    assert set(told["sets"]["open"]) == {"emotion", "gender", "age", "cover", "mesh"}
    assert {"gender.fairface", "age.fairface"} <= {card["name"] for card in told["cards"]}


def test_a_model_of_ones_own_by_its_path(serve: Serve, photo: bytes, make_model: MakeModel) -> None:
    own = {"emotion": str(make_model("emotion")), "au": str(make_model("au", seed=1))}
    server = serve(models="open", own=own)
    wanted = {"emotion": "emotion.tiny", "gender": "gender.fairface", "age": "age.fairface", "au": "au.tiny"}
    assert read(server, photo) == wanted
    assert read(server, photo, models="mini")["emotion"] == "emotion.tiny"
    told = server.http.get("/v1/models").json()
    assert all(models["au"] == "au.tiny" for models in told["sets"].values())
    number = server.session()
    with server.live({"tasks": ["emotion"], "record": number}) as viewer:
        assert "emotion" in viewer.read(0.0, photo)["frame"]["faces"][0]
        # A card of one's own may not know faces at rest.
        viewer.say(type="reference", seconds=1)
        assert "emotion.tiny: its card has no at_rest" in viewer.hear("error")["message"]
        viewer.read(0.1, photo)


def test_a_server_for_products_reads_with_nothing_else(
    serve: Serve, photo: bytes, make_model: MakeModel
) -> None:
    own = {"emotion": str(make_model("emotion", commercial_use=True))}
    server = serve(models="open", own=own, commercial=True)
    assert set(read(server, photo)) == {"emotion", "gender", "age"}
    told = server.http.get("/v1/models").json()
    assert list(told["sets"]) == ["open"] and all(card["commercial_use"] for card in told["cards"])
    for query in ({"models": "base"}, {"models": "mini", "tasks": "gender"}, {"tasks": "au"}):
        answer = analyze(server, photo, **query)
        assert answer.status_code == 422, query
    assert "products only (--commercial): open" in analyze(server, photo, models="base").text
    unknown = analyze(server, photo, models="huge").json()["error"]["message"]
    assert unknown.startswith("unknown set of models 'huge': there is open"), "and no other here"
    with server.live({}) as viewer:
        viewer.read(0.0, photo)
        viewer.say(type="options", models="base")
        assert "products only (--commercial): open, not 'base'" in viewer.hear("error")["message"]
        assert viewer.read(0.1, photo)["frame"]["faces"]


def test_a_viewer_who_names_no_tasks_gets_those_of_each_set(served: Served, photo: bytes) -> None:
    with served.live({"models": "open"}) as viewer:
        assert "au" not in viewer.read(0.0, photo)["frame"]["faces"][0]
        viewer.say(type="options", models="base")
        assert {"emotion", "au"} <= viewer.read(0.1, photo)["frame"]["faces"][0].keys()
        viewer.say(type="options", tasks=["au"])
        viewer.say(type="options", models="open")
        assert "'open' doesn't read au" in viewer.hear("error")["message"]
        face = viewer.read(0.2, photo)["frame"]["faces"][0]
        assert "au" in face and "age" not in face, "what was before stays"


def test_a_viewer_who_begins_with_an_unknown_set_is_told(served: Served) -> None:
    with served.live({"models": "huge"}) as viewer:
        assert "there is base, mini, open" in viewer.hear("error")["message"]


def test_a_request_names_other_models_for_single_tasks(serve: Serve, photo: bytes) -> None:
    server = serve(models="mini")
    more = ["emotion=emotion8.base", "au=au.base"]
    made = read(server, photo, model=more)
    assert made["emotion"] == "emotion8.base" and made["au"] == "au.base" and made["age"] == "age.mini"
    assert read(server, photo, models="base", model="age=age.mini", tasks="age") == {"age": "age.mini"}
    with server.live({"tasks": ["emotion"], "model": ["emotion=emotion.posed"]}) as viewer:
        posed = viewer.read(0.0, photo)["frame"]["faces"][0]["emotion"]["raw"]
    (face,) = analyze(server, photo, tasks="emotion").json()["results"][0]["frames"][0]["faces"]
    assert posed != face["emotion"]["raw"]


def test_a_model_that_cannot_be_chosen_is_refused(serve: Serve, photo: bytes) -> None:
    server = serve(models="open", commercial=True)
    for pair, why in (
        ("gender=gender.base", "unknown model of gender 'gender.base': there is gender.fairface"),
        ("gender=age.fairface", "unknown model of gender 'age.fairface'"),
        ("gender=/etc/passwd", "unknown model of gender '/etc/passwd'"),
        ("hat=gender.base", "unknown task 'hat'"),
    ):
        answer = analyze(server, photo, model=pair)
        assert answer.status_code == 422, pair
        assert why in answer.json()["error"]["message"]
    stray = analyze(server, photo, tasks="age", model="gender=gender.fairface")
    assert "a model is named for 'gender', but the tasks are age" in stray.json()["error"]["message"]
    assert {card["name"] for card in server.http.get("/v1/models").json()["cards"]} == {
        "age.fairface",
        "cover.mini",
        "emotion.open",
        "gender.fairface",
        "mesh.base",
        "tilt.mini",
    }


def test_models_that_were_added_serve_by_name_and_version(
    serve: Serve, photo: bytes, make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMIK_CACHE", str(tmp_path / "cache"))
    for seed, version in enumerate(("1", "2")):
        add_models(make_model("emotion", seed=seed, version=version))
    server = serve()
    told = server.http.get("/v1/models").json()
    versions = {card["name"]: card["version"] for card in told["cards"] if "tiny" in card["name"]}
    assert versions == {"emotion.tiny": "2", "emotion.tiny@1": "1"}
    for name, version in versions.items():
        answer = analyze(server, photo, tasks="emotion", model=f"emotion={name}")
        (result,) = answer.json()["results"]
        made = result["made_by"]["models"]["emotion"]
        assert (made["name"], made["version"]) == ("emotion.tiny", version)
        with server.live({"tasks": ["emotion"], "model": [f"emotion={name}"]}) as viewer:
            assert viewer.read(0.0, photo)["frame"]["faces"][0]["emotion"]["label"]
