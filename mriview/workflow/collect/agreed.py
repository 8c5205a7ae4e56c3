"""Agreement of the readers that were gathered, as files beside the tables.

Who is one patient, the site's key map says. What is compared and computed is the matter of
``mriview.workflow.agreement``, which is imported only where it is asked for.
"""

from pathlib import Path

from mriview.words import Language
from mriview.workflow.collect.gathered import Gathered
from mriview.workflow.collect.key_map import KeyMap

AGREEMENT_FILES = (
    *("agreement.csv", "agreement_pairs.csv", "agreement_dictionary.csv"),
    "agreement.html",
)
PATIENT_COLUMNS = ("patient", "bids_subject")  # of a key map; the first that is there


def check_library() -> None:
    """Refuse to begin without what agreement needs.

    Raises
    ------
    MissingExtraError
        The extra ``statistics`` is not installed.
    """
    from mriview.workflow.agreement import library_version

    library_version()


def leave_agreement(
    part: Path, gathered: Gathered, key_map: KeyMap | None, language: Language
) -> None:
    """Compare the readers, and write what comes out into the folder for new files.

    Parameters
    ----------
    part : Path
        The folder.
    gathered : Gathered
        All readings.
    key_map : KeyMap or None
        The site's columns.
    language : {"en", "de"}
        Of the page.

    Raises
    ------
    InputError
        Fewer than two readers have signed readings.
    """
    from mriview.exporters.tables import tables
    from mriview.workflow.agreement import agreement, agreement_documents

    rows = {name: gathered.rows(name) for name in tables()}
    found = agreement(rows, patients=patients_of(key_map or KeyMap()))
    for name, data in agreement_documents(found, language).items():
        (part / name).write_bytes(data)


def patients_of(key_map: KeyMap) -> dict[str, str]:
    """Give the patient of each study, as far as the key map says it.

    Examples
    --------
    >>> patients_of(KeyMap(("visit", "patient"), {"a": ("1", "P7"), "b": ("1", None)}))
    {'a': 'P7'}
    """
    named = [name for name in PATIENT_COLUMNS if name in key_map.columns]
    if not named:
        return {}
    place = key_map.columns.index(named[0])
    cells = ((study, row[place]) for study, row in key_map.of_study.items())
    return {study: patient for study, patient in cells if patient is not None}
