"""Who may ask, and what every answer says to the browser."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from app_server import Served
from fastapi import APIRouter
from websockets.exceptions import InvalidStatus

from mimik._version import __version__
from mimik.app.options import AppOptions, is_loopback
from mimik.app.security import POLICY
from mimik.errors import OptionError

TOKEN = "0123456789abcdef"


def test_every_answer_is_hardened(served: Served) -> None:
    for path in ("/v1/health", "/", "/nowhere", "/metrics", "/v1/sessions/999999999"):
        headers = served.http.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["permissions-policy"].startswith("camera=(self)")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers
    for word in ("unsafe", "*", "http:"):
        assert word not in POLICY


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.7:8464", "", "[::2]", "a b"]
)
def test_a_foreign_host_is_refused(served: Served, host: str) -> None:
    """DNS rebinding: evil.example resolves to 127.0.0.1, but is still called so."""
    answer = served.http.get("/v1/health", headers={"Host": host})
    assert answer.status_code == 400
    answer = served.http.get("/", headers={"Host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8464", "127.0.0.2", "[::1]:80"])
def test_own_names_are_let_in(served: Served, host: str) -> None:
    assert served.http.get("/v1/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1"])
def test_another_page_may_not_write(served: Served, origin: str) -> None:
    answer = served.http.post("/v1/sessions", json={"name": "x"}, headers={"Origin": origin})
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "forbidden_origin"


def test_another_page_may_not_read_either_where_the_browser_tells(served: Served) -> None:
    for site in ("cross-site", "same-site"):
        assert served.http.get("/v1/sessions", headers={"Sec-Fetch-Site": site}).status_code == 403
    for site in ("same-origin", "none"):
        assert served.http.get("/v1/sessions", headers={"Sec-Fetch-Site": site}).status_code == 200
    assert served.http.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code in (200, 404)


def test_its_own_page_may_write(served: Served) -> None:
    origin = f"http://127.0.0.1:{served.port}"
    answer = served.http.post("/v1/sessions", json={"name": "x"}, headers={"Origin": origin})
    assert answer.status_code == 201
    served.http.delete(f"/v1/sessions/{answer.json()['id']}")


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_page_may_not_open_a_websocket(served: Served, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused, served.live({}, **headers):
        pass
    assert refused.value.response.status_code == 403


def test_its_own_page_may_open_a_websocket(served: Served) -> None:
    with served.live({"models": "mini"}, Origin=f"http://127.0.0.1:{served.port}") as viewer:
        viewer.hear("ready")


def test_the_token_is_needed_everywhere_but_for_the_page_and_health(serve: Callable[..., Served]) -> None:
    server = serve(token=TOKEN)
    for path in ("/v1/sessions", "/v1/settings", "/metrics", "/openapi.json", "/v1/nonsense"):
        answer = server.http.get(path)
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "token_needed"
        assert answer.headers["www-authenticate"] == "Bearer"
    good = {"Authorization": f"Bearer {TOKEN}"}
    assert server.http.get("/v1/health", headers=good).status_code == 200
    assert server.http.get("/v1/health", params={"token": TOKEN}).status_code == 200
    for bad in (f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer"):
        answer = server.http.get("/v1/sessions", headers={"Authorization": bad})
        assert answer.status_code == 401
    assert server.http.get("/").status_code in (200, 404)
    with pytest.raises(InvalidStatus), server.live({}):
        pass
    with server.live({}, **good) as viewer:
        viewer.hear("ready")


def test_health_tells_a_stranger_nothing_but_that_it_is_up(serve: Callable[..., Served]) -> None:
    server = serve(token=TOKEN)
    assert server.http.get("/v1/health").json() == {"status": "ok", "version": __version__}
    told = server.http.get("/v1/health", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert told.keys() == {"status", "version", "uptime_s", "connections", "connections_max"}
    wrong = server.http.get("/v1/health", params={"token": "0123456789abcdeX"})
    assert wrong.status_code == 401 and "the token is wrong" in wrong.json()["error"]["message"]
    for path in ("/v1/health/", "/v1/healthy", "/v1/health/../sessions", "/v1/%68ealth/x"):
        assert server.http.get(path).status_code == 401
    assert server.http.get("/v1/health", headers={"Host": "evil.example"}).status_code == 400
    assert server.http.get("/v1/health", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_description_says_how_the_token_is_sent(serve: Callable[..., Served], served: Served) -> None:
    known = {"Authorization": f"Bearer {TOKEN}"}
    described = serve(token=TOKEN).http.get("/openapi.json", headers=known).json()
    assert described["components"]["securitySchemes"]["token"] == {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of the server, see docs/app.md.",
    }
    needs = {
        path: operation["security"]
        for path, ways in described["paths"].items()
        for operation in ways.values()
    }
    assert needs.pop("/v1/health") == [{"token": []}, {}], "with it or without"
    assert all(need == [{"token": []}] for need in needs.values())
    assert "securitySchemes" not in served.http.get("/openapi.json").json()["components"], "it needs none"


def test_an_address_where_nothing_is(serve: Callable[..., Served], served: Served) -> None:
    alone = serve(page=False).http.get("/")
    assert alone.status_code == 404
    assert alone.json()["error"]["message"] == (
        "nothing is at /; /openapi.json says what there is, and the page comes with 'mimik app'"
    )
    assert served.http.get("/v1/nope").json()["error"]["message"] == (
        "nothing is at /v1/nope; /openapi.json says what there is"
    )
    assert served.http.get("/v1/live").json()["error"]["message"] == (
        "/v1/live is a WebSocket: connect to it with ws:// or wss://"
    )


def test_other_addresses_need_a_token(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="needs a token"):
        AppOptions(host="0.0.0.0", data=tmp_path)
    with pytest.raises(OptionError, match="16 characters"):
        AppOptions(token="short", data=tmp_path)
    assert AppOptions(host="0.0.0.0", token=TOKEN, data=tmp_path).local is False
    assert is_loopback("127.0.0.9") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("example.org")


def test_a_proxys_name_needs_a_token(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"--name faces\.example can be reached .* needs a token"):
        AppOptions(names=("localhost", "faces.example"), data=tmp_path)
    with pytest.raises(OptionError, match=r"--host 0\.0\.0\.0 can"):
        AppOptions(host="0.0.0.0", names=("faces.example",), data=tmp_path)
    assert AppOptions(names=("faces.example",), token=TOKEN, data=tmp_path).local is False
    assert AppOptions(names=("localhost", "127.0.0.9", "[::1]"), data=tmp_path).local is True


def test_behind_a_proxy_it_answers_to_its_names_with_the_token(serve: Callable[..., Served]) -> None:
    server = serve(names=("Faces.example",), token=TOKEN)
    good = {"Authorization": f"Bearer {TOKEN}"}

    def status(host: str, **headers: str) -> int:
        return server.http.get("/v1/sessions", headers={"Host": host, **headers}).status_code

    for host in ("faces.example", "FACES.example:443", "127.0.0.1"):
        assert (status(host), status(host, **good)) == (401, 200)
    for host in ("10.1.2.3", "[2001:db8::1]:80", socket.gethostname(), "evil.example"):
        assert status(host, **good) == 400


def test_an_unexpected_error_says_nothing_of_the_inside(
    serve: Callable[..., Served], caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    router = APIRouter()

    @router.get("/v1/broken")
    def broken() -> None:
        raise ValueError("a secret of the inside")

    server.app.include_router(router)
    with caplog.at_level("ERROR"):
        answer = server.http.get("/v1/broken")
    assert answer.status_code == 500 and answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    for _ in range(100):  # it is logged after the answer
        if "a secret of the inside" in caplog.text:
            break
        time.sleep(0.05)
    assert "a secret of the inside" in caplog.text


def test_errors_have_one_form(served: Served) -> None:
    for method, path, status, code in (
        ("GET", "/v1/nowhere", 404, "not_found"),
        ("PUT", "/v1/sessions", 405, "method_not_allowed"),
        ("GET", "/v1/sessions/abc", 422, "invalid"),
        ("GET", "/v1/sessions/99999999999999999999999", 422, "invalid"),
        ("GET", "/v1/sessions/", 404, "not_found"),
        ("GET", "/v1/jobs/nope", 404, "not_found"),
        ("POST", "/v1/sessions", 422, "invalid"),
    ):
        answer = served.http.request(method, path)
        assert answer.status_code == status, path
        error = answer.json()["error"]
        assert error["code"] == code and "\n" not in error["message"]


def test_no_request_names_a_file(served: Served) -> None:
    for path in ("/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../x", "/page/index.html"):
        assert served.http.get(path).status_code == 404
