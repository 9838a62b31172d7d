"""How the tests are shared out where several processes run them (pytest -n 2)."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

PAGE = "tests/page"


class ByFile(LoadScopeScheduling):
    """A file's tests run in one process, so that what they share is made once.

    Those of the page run in one, too: two browsers at once would take the processor from each other, and some
    tests look at the time. They begin first, since together they take longest.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return PAGE if file.startswith(f"{PAGE}/") else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        if PAGE in self.workqueue:
            self.workqueue.move_to_end(PAGE, last=False)
        super()._assign_work_unit(node)
