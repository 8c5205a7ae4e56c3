"""Many readings into one set of tables: reviews and reports in, rows for statistics out.

Nothing is dropped in silence: what is broken, unsigned, found twice or read twice is listed beside
the tables. Nothing is measured or judged here; agreement between readers is the matter of
``agreement``.
"""

from mriview.workflow.collect.run import Collected, collect

__all__ = ["Collected", "collect"]
