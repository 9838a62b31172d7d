"""The documentation's snippets that ask a server, each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_server import Served

from snippets import Snippet, snippets

WHERE = "127.0.0.1:8464"
"""Where they look for it."""


@pytest.mark.parametrize("snippet", [s for s in snippets("python") if s.page == "docs/app.md"], ids=str)
def test_it_gets_an_answer(
    snippet: Snippet,
    request: pytest.FixtureRequest,
    served: Served,
    photo: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MIMIK_TOKEN", "a-token-of-the-tests")
    for name in ("photo.jpg", "a.jpg", "b.jpg"):
        Path(name).write_bytes(photo)
    assert WHERE in snippet.text
    if "mimik_client" in snippet.text:
        request.getfixturevalue("client")  # made as the page says
    text = snippet.text.replace(WHERE, f"127.0.0.1:{served.port}")
    exec(compile(text, str(snippet), "exec"), {"__name__": "__main__"})
    assert "happy" in capsys.readouterr().out
