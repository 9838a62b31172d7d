"""Counters in Prometheus' text format (version 0.0.4). Its own client would be one more dependency."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

EDGES_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)
"""Upper edges of the latency's buckets."""

_ABOUT = {
    "mimik_requests_total": ("counter", "HTTP requests by method and status."),
    "mimik_connections": ("gauge", "Connections that are open, of whatever kind."),
    "mimik_live_connections": ("gauge", "Live connections that are open."),
    "mimik_live_refused_total": ("counter", "Live connections that were refused because all were in use."),
    "mimik_frames_total": ("counter", "Live frames that were read."),
    "mimik_frames_skipped_total": ("counter", "Live frames that a newer one replaced."),
    "mimik_frames_failed_total": ("counter", "Live frames that could not be read."),
    "mimik_faces_total": ("counter", "Faces in live frames."),
    "mimik_spans_total": ("counter", "Live utterances that were heard."),
    "mimik_sound_dropped_total": ("counter", "Live blocks of sound that came faster than they were heard."),
    "mimik_batches_total": ("counter", "Runs of the networks."),
    "mimik_batch_faces_total": ("counter", "Faces in these runs."),
    "mimik_latency_seconds": ("histogram", "From a live frame's arrival to its answer."),
}


class Metrics:
    """What the server counted since it started; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter(
            {name: 0 for name in _ABOUT if name not in ("mimik_requests_total", "mimik_latency_seconds")}
        )
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(EDGES_S) + 1)
        self._sum_s = 0.0
        self.gauges: dict[str, Callable[[], float]] = {}
        """Name to where its value is asked for."""

    def add(self, name: str, count: int = 1) -> None:
        """Count; the name without "mimik_" and "_total"."""
        with self._lock:
            self._counts[f"mimik_{name}_total"] += count

    def request(self, method: str, status: int) -> None:
        """Count a request."""
        with self._lock:
            self._requests[method, status] += 1

    def latency(self, seconds: float) -> None:
        """Count a frame's answer."""
        with self._lock:
            self._buckets[next((i for i, edge in enumerate(EDGES_S) if seconds <= edge), len(EDGES_S))] += 1
            self._sum_s += seconds

    def text(self) -> str:
        """All of it."""
        with self._lock:
            return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        for name, (kind, about) in _ABOUT.items():
            yield f"# HELP {name} {about}"
            yield f"# TYPE {name} {kind}"
            if name == "mimik_requests_total":
                for (method, status), count in sorted(self._requests.items()):
                    yield f'{name}{{method="{method}",status="{status}"}} {count}'
            elif kind == "histogram":
                yield from self._histogram(name)
            else:
                value = self.gauges[name]() if name in self.gauges else self._counts[name]
                yield f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"

    def _histogram(self, name: str) -> Iterator[str]:
        below = 0
        for edge, count in zip(EDGES_S, self._buckets, strict=False):
            below += count
            yield f'{name}_bucket{{le="{edge:g}"}} {below}'
        total = sum(self._buckets)
        yield f'{name}_bucket{{le="+Inf"}} {total}'
        yield f"{name}_sum {self._sum_s:.6f}"
        yield f"{name}_count {total}"
