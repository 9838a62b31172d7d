"""Joins the stages, from a source to results."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.pipeline.analyzer import Analyzer as Analyzer
    from mimik.pipeline.analyzer import Input as Input
    from mimik.pipeline.choice import ordered_tasks as ordered_tasks
    from mimik.pipeline.choice import with_helpers as with_helpers
    from mimik.pipeline.session import Step as Step
    from mimik.pipeline.session import StreamSession as StreamSession
else:
    __getattr__ = late(
        __name__,
        {
            "Analyzer": "mimik.pipeline.analyzer",
            "Input": "mimik.pipeline.analyzer",
            "Step": "mimik.pipeline.session",
            "StreamSession": "mimik.pipeline.session",
            "ordered_tasks": "mimik.pipeline.choice",
            "with_helpers": "mimik.pipeline.choice",
        },
    )
