"""Which readings are compared: signed ones, the latest of each reader and study, nothing twice.

What is left out is counted, so that the page can say it. Rows go in as the tidy tables have them
and come out the same, only fewer; what they answer is the matter of ``answers``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mriview.errors import InputError, UsageError
from mriview.exporters.tables import Cell, Row
from mriview.workflow.agreement.questions import questions

SIGNED = ("final", "amended")
LEAST_READERS = 2
CONSENSUS = "consensus"  # what readers said together is no reading of its own; domain page, 9
TABLES = ("sides", "contacts", "contact_grades", "lesions", "lesion_grades", "exclusions")
# What is kept of a row: thousands of readings have to find room in memory.
KEPT = frozenset(
    {
        *("study_key", "report_id", "status", "reader", "pass", "created", "blind"),
        *("reference_series", "symptom_side", "side", "offender", "contact", "lesion"),
        *("condition", "derived", "vessel", "arc_mm", "longest_mm"),
        *(name for row in questions().values() for name in (*row.columns, row.each) if name),
    }
)


@dataclass(frozen=True)
class Readings:
    """The readings that are compared, and how many others there were.

    Parameters
    ----------
    rows : mapping of sequence of mapping
        Tidy rows by table, of the chosen readings only.
    reports : mapping
        Report id by study key and reader.
    patients : mapping
        Patient by study key.
    unsigned, superseded : int
        Readings that are not final, and those with a later one by the same reader.
    patients_known : bool
        Whether somebody said which studies are of one patient; else each is a patient of its own.
    """

    rows: Mapping[str, Sequence[Row]]
    reports: Mapping[tuple[str, str], str]
    patients: Mapping[str, str]
    unsigned: int = 0
    superseded: int = 0
    patients_known: bool = False

    @cached_property
    def readers(self) -> tuple[str, ...]:
        """Everyone who read, in alphabetical order."""
        return tuple(sorted({reader for _, reader in self.reports}))

    @cached_property
    def studies(self) -> Mapping[str, frozenset[str]]:
        """Who read each study."""
        read: dict[str, set[str]] = {}
        for study, reader in self.reports:
            read.setdefault(study, set()).add(reader)
        return {study: frozenset(readers) for study, readers in read.items()}

    def shared(self, readers: Iterable[str]) -> frozenset[str]:
        """Studies that all of them read."""
        wanted = set(readers)
        return frozenset(study for study, read in self.studies.items() if wanted <= read)

    @cached_property
    def frames(self) -> Mapping[str, str]:
        """Reference series of each report, in whose frame its positions lie."""
        studies = self.rows.get("studies", ())
        return {str(row["report_id"]): str(row["reference_series"] or "") for row in studies}

    @cached_property
    def symptom_sides(self) -> Mapping[str, str]:
        """Side of the symptoms by study, where the readings that name one agree."""
        said: dict[str, set[str]] = {}
        for row in self.rows.get("studies", ()):
            if row["symptom_side"] is not None:
                said.setdefault(str(row["study_key"]), set()).add(str(row["symptom_side"]))
        return {study: next(iter(sides)) for study, sides in said.items() if len(sides) == 1}

    @cached_property
    def offenders(self) -> Mapping[tuple[str, str], str]:
        """Contact that matters, by report and side."""
        return {
            (str(row["report_id"]), str(row["side"])): str(row["offender"])
            for row in self.rows.get("sides", ())
            if row["offender"] is not None
        }


def readings_of(
    rows: Mapping[str, Iterable[Row]],
    *,
    patients: Mapping[str, str] | None = None,
    readers: Sequence[str] = (),
    unsigned: bool = False,
) -> Readings:
    """Choose the readings that are compared.

    Parameters
    ----------
    rows : mapping of iterable of mapping
        Tidy rows by table, of many reports; each table is gone through once.
    patients : mapping, optional
        Patient by study key, where one patient has several studies; a study that is not named is a
        patient of its own.
    readers : sequence of str, optional
        Compare these only; else all but ``consensus``.
    unsigned : bool
        Whether drafts count as well.

    Returns
    -------
    Readings

    Raises
    ------
    UsageError
        A named reader has read nothing.
    InputError
        Fewer than two readers are left.
    """
    read = (_kept(row) for row in rows.get("studies", ()) if row["reader"] is not None)
    studies = {str(row["report_id"]): row for row in read}
    known = {str(row["reader"]) for row in studies.values()}
    for reader in readers:
        if reader not in known:
            found = f"no reading by a reader of that name among {len(studies)}"
            raise UsageError("reader_unknown", found, "Name readers as the tables do")
    wanted = set(readers) or known - {CONSENSUS}
    asked = [row for row in studies.values() if row["reader"] in wanted]
    counted = [row for row in asked if unsigned or row["status"] in SIGNED]
    latest: dict[tuple[str, str], Row] = {}
    for row in sorted(counted, key=_when):
        latest[(str(row["study_key"]), str(row["reader"]))] = row
    reports = {key: str(latest[key]["report_id"]) for key in sorted(latest)}
    if len({reader for _, reader in reports}) < LEAST_READERS:
        found = f"agreement needs 2 readers, here {len({reader for _, reader in reports})}"
        more = f" with signed readings ({len(asked) - len(counted)} are not signed)"
        remedy = "Give signed readings of the same studies by at least 2 readers"
        raise InputError("readers_missing", found + more, remedy)
    chosen = set(reports.values())
    return Readings(
        rows={
            "studies": tuple(row for report, row in studies.items() if report in chosen),
            **{name: _of(rows.get(name, ()), chosen) for name in TABLES},
        },
        reports=reports,
        patients={study: (patients or {}).get(study, study) for study, _ in reports},
        unsigned=len(asked) - len(counted),
        superseded=len(counted) - len(latest),
        patients_known=bool(patients),
    )


def _when(row: Row) -> tuple[str, int, str]:
    """Put readings in the order of time; the report id decides where nothing else does."""
    number = row["pass"]
    return (
        str(row["created"] or ""),
        number if isinstance(number, int) else 0,
        str(row["report_id"]),
    )


def _of(rows: Iterable[Row], reports: set[str]) -> tuple[Row, ...]:
    kept = (_kept(row) for row in rows)
    return tuple(row for row in kept if row["report_id"] in reports)


def _kept(row: Row) -> Row:
    return {name: _writable(cell) for name, cell in row.items() if name in KEPT}


def _writable(cell: Cell) -> Cell:
    """Give halves of a letter, which no file can hold, by their number."""
    if isinstance(cell, str) and not cell.isascii():
        return cell.encode("utf-8", "backslashreplace").decode()
    return cell


def blind_counts(readings: Readings) -> tuple[int, int]:
    """Count the readings that were blind to side and history, and those that were not."""
    said = Counter(row["blind"] is True for row in readings.rows["studies"])
    return said[True], said[False]
