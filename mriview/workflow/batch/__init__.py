"""Many studies at once: archives in, one table out, whatever happens on the way.

`batch` finds every study below a root, reads each in a process of its own kind (``executors``), and
leaves a row, a report and the problems of each. A study that cannot be read costs itself alone; a
run that was killed goes on where it was.
"""

from mriview.workflow.batch.run import Progress, Summary, Tell, batch
from mriview.workflow.batch.settings import (
    BatchSettings,
    default_memory_bytes,
)

__all__ = [
    "BatchSettings",
    "Progress",
    "Summary",
    "Tell",
    "batch",
    "default_memory_bytes",
]
