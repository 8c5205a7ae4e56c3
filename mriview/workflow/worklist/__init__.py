"""What is there to read, and what comes next: the studies of an archive with the state of reviews.

Studies come from the folder that a batch left, or from the headers of an archive; what was read,
from the reviews themselves and from the tables of the batch. Nothing is written, and no answer of
any reading is looked at.
"""

from mriview.workflow.room import ToRead
from mriview.workflow.worklist.opening import (
    Worklist,
    first_to_read,
    open_listed,
    open_worklist,
    reading_of,
    to_read,
    worklist_of,
)
from mriview.workflow.worklist.reviews import Seen, reviews_seen
from mriview.workflow.worklist.rows import (
    STATUSES,
    ListedStudy,
    SeenReview,
    Status,
    WorklistRow,
    next_to_read,
    worklist,
)
from mriview.workflow.worklist.studies import (
    Listing,
    is_batch,
    listed_studies,
    listing_of,
)

__all__ = [
    "STATUSES",
    "ListedStudy",
    "Listing",
    "Seen",
    "SeenReview",
    "Status",
    "ToRead",
    "Worklist",
    "WorklistRow",
    "first_to_read",
    "is_batch",
    "listed_studies",
    "listing_of",
    "next_to_read",
    "open_listed",
    "open_worklist",
    "reading_of",
    "reviews_seen",
    "to_read",
    "worklist",
    "worklist_of",
]
