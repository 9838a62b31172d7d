"""A stream's state goes through bytes, and nothing else than a state is built from them."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mimik import Analyzer, SourceOptions, open_source
from mimik.pipeline.snapshot import from_bytes


@pytest.mark.parametrize("neutral", [None, 0.3])
def test_a_session_goes_on_where_another_was(examples: Path, neutral: float | None) -> None:
    analyzer = Analyzer(("emotion", "age"), models="mini")
    film, options = examples / "two_people.mp4", SourceOptions(end_s=1.2)
    with open_source(film, options) as source:
        frames = list(source)
    session = analyzer.session(neutral)
    whole = [session.step(frame) for frame in frames]
    first, second = analyzer.session(neutral), analyzer.session(neutral)
    for frame in frames[:11]:
        first.step(frame)
    second.restore(first.snapshot())
    rest = [second.step(frame) for frame in frames[11:]]
    assert [s.result.to_dict() for s in rest] == [s.result.to_dict() for s in whole[11:]]
    assert [s.also_hide_xyxy for s in rest] == [s.also_hide_xyxy for s in whole[11:]]


class Harm:
    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("harm",))


@pytest.mark.parametrize("data", [b"", b"no pickle", pickle.dumps(Harm()), pickle.dumps(Path("x"))])
def test_what_is_no_state_is_refused(data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="not a stream's state"):
        from_bytes(data)
    assert not capsys.readouterr().out
