"""Joins the stages, from a source to results."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.pipeline.analyzer import Analyzer as Analyzer
else:  # Documented here by 0.1.
    __getattr__ = late(__name__, {"Analyzer": "mimik.pipeline.analyzer"})
