"""Gathering from end to end: find, read, relate, write; what ``mriview collect`` does.

Readings go one by one from where they lie onto the disk; the tables are made of them when all are
known. What is broken is listed and costs itself alone.
"""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mriview import __version__
from mriview.errors import InputError
from mriview.words import Language
from mriview.workflow.collect.agreed import AGREEMENT_FILES, check_library, leave_agreement
from mriview.workflow.collect.columns import own_names
from mriview.workflow.collect.finding import sources_below
from mriview.workflow.collect.gathered import Case, Gathered
from mriview.workflow.collect.key_map import KeyMap, read_key_map
from mriview.workflow.collect.leaving import PROBLEMS, leave, output
from mriview.workflow.collect.readings import reading_of

SPOOL = "spool.sqlite"
GONE = "the earlier agreement.html is gone, --agreement makes it anew"
_TOLD = (  # codes of problems that the last line counts, with its words
    ("not_signed", "not signed"),
    ("not_read", "not read"),
    ("same_report", "found twice"),
    ("read_twice", "read twice"),
)


@dataclass(frozen=True)
class Collected:
    """What was gathered.

    Parameters
    ----------
    out : Path
        The folder of the tables.
    reviews, reports : int
        Review folders and report files that were found.
    readings, studies, readers : int
        Reports that somebody read, of how many studies, by how many.
    broken : int
        Sources without a report, or with the id of another.
    against_rules : int
        Reports that break a rule; their rows stand in the tables.
    other_json : int
        JSON files that are no report, which were left alone.
    site_columns, left_out : tuple of str
        Columns of the key map that stand in the tables, and those that are never copied.
    cases : tuple of Case
        How often each code stands in ``problems.jsonl``, with its words.
    agreement_removed : bool
        Whether an earlier ``agreement.html`` went, since it was of other readings.
    """

    out: Path = field(repr=False)
    reviews: int
    reports: int
    readings: int
    studies: int
    readers: int
    broken: int
    against_rules: int
    other_json: int
    site_columns: tuple[str, ...]
    left_out: tuple[str, ...]
    cases: tuple[Case, ...]
    agreement_removed: bool = False

    @property
    def codes(self) -> dict[str, int]:
        """How often each code stands in ``problems.jsonl``."""
        return {case.code: case.times for case in self.cases}

    @property
    def is_sound(self) -> bool:
        """Whether nothing was broken and no report breaks a rule."""
        return not self.broken and not self.against_rules

    def as_json(self) -> dict[str, Any]:
        """Give the counts as JSON; no path is in it."""
        told = {key: value for key, value in asdict(self).items() if key != "out"}
        return {**told, "cases": [case._asdict() for case in self.cases], "codes": self.codes}

    def __str__(self) -> str:
        found = f"{_counted(self.reviews, 'review')}, {_counted(self.reports, 'report')}"
        made = f"{_counted(self.readings, 'reading')} of {_counted(self.studies, 'study')}"
        told = [(self.broken, "broken"), (self.against_rules, "against the rules")]
        told += [(self.codes.get(code, 0), words) for code, words in _TOLD]
        wrong = ", ".join(f"{number} {words}" for number, words in told if number)
        tail = f"; {wrong} ({PROBLEMS})" if wrong else ""
        gone = f"; {GONE}" if self.agreement_removed else ""
        return f"{found}: {made} by {_counted(self.readers, 'reader')}{tail}{gone}"


def collect(
    folders: Iterable[str | Path],
    out: str | Path,
    key_map: str | Path | None = None,
    *,
    agreement: bool = False,
    language: Language = "en",
) -> Collected:
    """Gather readings into one set of tables.

    Parameters
    ----------
    folders : iterable of path
        Below them lie reviews and report files, in whatever depth.
    out : path
        Folder of the tables: new, empty, or an earlier output, which is replaced.
    key_map : path, optional
        CSV with a column ``study_key`` and the site's own columns.
    agreement : bool
        Whether readers are compared as well.
    language : {"en", "de"}
        Of the page over their agreement.

    Returns
    -------
    Collected
        How much was found, and how much is wrong with it.

    Raises
    ------
    InputError
        A path is absent, no reading lies below them (``nothing_to_collect``), the key map is
        refused, or agreement is asked of fewer than two readers (``readers_missing``).
    MissingExtraError
        Agreement is asked for without the extra ``statistics``.
    UsageError
        The output folder holds something else (``out_not_empty``).
    RecordError
        Another program writes there (``collect_running``).
    OutputError
        It cannot be written; an earlier output stays as it was.
    """
    if agreement:
        check_library()
    listed, place = [Path(folder) for folder in folders], Path(out)
    goes = not agreement and any((place / name).exists() for name in AGREEMENT_FILES)
    site = None if key_map is None else read_key_map(Path(key_map), own_names())
    with output(place) as part:
        spool = part / SPOOL
        with closing(Gathered(spool)) as gathered:
            others = _gather(gathered, listed, place)
            gathered.relate(site)
            counts = gathered.counts()
            if not counts.reviews + counts.reports + counts.broken:
                found = f"no review and no report lies below {_counted(len(listed), 'path')}"
                raise InputError("nothing_to_collect", found, "Name folders of reviews or reports")
            said = _collected(place, counts._asdict(), others, site)
            software = {"name": "mriview", "version": __version__}
            if agreement:
                leave_agreement(part, gathered, site, language)
            told = said.as_json()
            del told["agreement_removed"]  # the same readings leave the same bytes
            leave(part, gathered, site, {"software": software, **told})
        spool.unlink()
    return replace(said, agreement_removed=goes)


def _gather(gathered: Gathered, folders: list[Path], out: Path) -> int:
    """Put every reading into the database; count the JSON files that are none."""
    others = 0
    for source in sources_below(folders, apart_from=out):
        if source.kind == "other":
            others += 1
        else:
            gathered.add(reading_of(source))
    return others


def _collected(out: Path, counts: dict[str, Any], others: int, site: KeyMap | None) -> Collected:
    columns, left_out = (site.columns, site.left_out) if site else ((), ())
    return Collected(out, **counts, other_json=others, site_columns=columns, left_out=left_out)


def _counted(number: int, thing: str) -> str:
    if number != 1:
        thing = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number} {thing}"
