"""One description of a result: written, read, summed up."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.results.dataframe import to_dataframe as to_dataframe
    from mimik.results.read import read_results as read_results
    from mimik.results.read import read_rows as read_rows
    from mimik.results.read import read_spans as read_spans
else:
    __getattr__ = late(
        __name__,
        {
            "read_results": "mimik.results.read",
            "read_rows": "mimik.results.read",
            "read_spans": "mimik.results.read",
            "to_dataframe": "mimik.results.dataframe",
        },
    )
