"""Read MRI of the posterior fossa, mark vessel contacts with the facial nerve, report them.

Nothing is imported until it is used: ``import mriview`` costs only the standard library. What
stands in ``_HOME`` is the public API; everything else may change. Research use only.
"""

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False  # importing typing costs as much as an empty Python again

if TYPE_CHECKING:
    from mriview.errors import MriviewError as MriviewError
    from mriview.geometry import Grid as Grid
    from mriview.report.build import build_report as build_report
    from mriview.report.load import load_report as load_report
    from mriview.report.report import Report as Report
    from mriview.review.review import Review as Review
    from mriview.review.review import open_review as open_review
    from mriview.scans.opening import index as index
    from mriview.scans.opening import open_batch as open_batch
    from mriview.scans.opening import open_study as open_study
    from mriview.scans.study import Study as Study
    from mriview.scans.volume import Volume as Volume
    from mriview.values import Mask as Mask
    from mriview.workflow.export import export as export

_HOME = {
    "Grid": "mriview.geometry",
    "Mask": "mriview.values",
    "MriviewError": "mriview.errors",
    "Report": "mriview.report.report",
    "Review": "mriview.review.review",
    "Study": "mriview.scans.study",
    "Volume": "mriview.scans.volume",
    "build_report": "mriview.report.build",
    "export": "mriview.workflow.export",
    "index": "mriview.scans.opening",
    "load_report": "mriview.report.load",
    "open_batch": "mriview.scans.opening",
    "open_review": "mriview.review.review",
    "open_study": "mriview.scans.opening",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 (the one list of names is _HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        msg = f"module 'mriview' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
