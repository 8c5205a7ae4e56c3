"""Agreement as files: two tables, their dictionary, and the page for people.

Only bytes by name; writing them whole or not at all is the matter of whoever asked.
"""

from collections.abc import Mapping

from mriview.words import Language
from mriview.workflow.agreement.compare import Agreement
from mriview.workflow.agreement.page import agreement_page
from mriview.workflow.agreement.tables import csv_tables


def agreement_documents(found: Agreement, language: Language = "en") -> Mapping[str, bytes]:
    """Give the files by name; the same agreement, the same bytes.

    Parameters
    ----------
    found : Agreement
    language : {"en", "de"}
        Of the page; tables have none.

    Returns
    -------
    mapping of bytes
        ``agreement.csv``, ``agreement_pairs.csv``, ``agreement_dictionary.csv`` and
        ``agreement.html``.
    """
    return {**csv_tables(found), "agreement.html": agreement_page(found, language).encode()}
