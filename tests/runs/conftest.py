"""What tests of executors share: a Ray cluster, started once, and only if a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ray_cluster import ray_cluster


@pytest.fixture(scope="session")
def ray_cluster_of_two() -> Iterator[None]:
    """The cluster of two workers that RAY_ADDRESS then names; the test is skipped where none can be had."""
    with ray_cluster():
        yield


@pytest.fixture
def executor(request: pytest.FixtureRequest) -> str:
    """The executor that is the test's parameter; what it needs is there."""
    name: str = request.param
    if name == "ray":
        request.getfixturevalue("ray_cluster_of_two")
    return name
