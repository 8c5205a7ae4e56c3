"""``overview.html``: what a run found, on one page that asks for nothing from outside.

Made of the rows that the run leaves, in one pass: one study at a time is in memory, and of what
stands behind a bar the page holds the beginning. Which rows there are is the matter of
``mriview.workflow.batch``.
"""

from mriview.workflow.overview.bars import MOST_BARS, MOST_ROWS, Bar, Row, Tally
from mriview.workflow.overview.counting import Counted, counted
from mriview.workflow.overview.groups import Group, groups
from mriview.workflow.overview.page import overview_of
from mriview.workflow.overview.seen import RunRows

__all__ = [
    "MOST_BARS",
    "MOST_ROWS",
    "Bar",
    "Counted",
    "Group",
    "Row",
    "RunRows",
    "Tally",
    "counted",
    "groups",
    "overview_of",
]
