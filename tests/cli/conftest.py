"""The command line, called as users call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mimik.cli import main


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """What it said on stderr, which must be one line of mimik's."""
        assert self.err.count("\n") == 1 and self.err.startswith("mimik: "), self.err
        assert "Traceback" not in self.err
        return self.err


@pytest.fixture
def mimik(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """``mimik("models", "list")`` runs the command here."""

    def run(*words: str | Path) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


@pytest.fixture
def model_words(tiny_models: dict[str, Path]) -> Callable[..., list[str]]:
    """``model_words("emotion")`` names tiny models on the command line; of all tasks if none is named."""

    def words(*tasks: str) -> list[str]:
        return [f"--model={task}={tiny_models[task]}" for task in tasks or tiny_models]

    return words


@pytest.fixture
def analyze(mimik: Callable[..., Ran], model_words: Callable[..., list[str]]) -> Callable[..., Ran]:
    """``mimik analyze`` with tiny models for all tasks."""

    def run(*words: str | Path) -> Ran:
        return mimik("analyze", *words, *model_words())

    return run
