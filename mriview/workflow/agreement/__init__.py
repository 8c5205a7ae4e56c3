"""How far readers agree: kappa, weighted kappa, AC1, intraclass correlation, with their intervals.

Tidy tables of many reports go in as plain rows; `agreement` is a pure function and
`agreement_documents` its files: two tables, their dictionary and one page. The questions are rows
of ``questions.toml``. Nothing is read, written or judged here: a number gets no word such as good.
"""

from mriview.workflow.agreement.compare import Agreement, Comparison, agreement
from mriview.workflow.agreement.documents import agreement_documents
from mriview.workflow.agreement.published import library_version

__all__ = ["Agreement", "Comparison", "agreement", "agreement_documents", "library_version"]
