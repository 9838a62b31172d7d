"""A job over many sources that can be stopped and goes on."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.runs.batch import run_batch as run_batch
    from mimik.runs.job import Job as Job
    from mimik.runs.progress import BatchReport as BatchReport
    from mimik.runs.progress import Progress as Progress
    from mimik.runs.writer import open_writer as open_writer
else:
    __getattr__ = late(
        __name__,
        {
            "BatchReport": "mimik.runs.progress",
            "Job": "mimik.runs.job",
            "Progress": "mimik.runs.progress",
            "open_writer": "mimik.runs.writer",
            "run_batch": "mimik.runs.batch",
        },
    )
