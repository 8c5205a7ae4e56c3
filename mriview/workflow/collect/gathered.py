"""What was gathered so far, on disk: the rows of each reading, and what it is to the others.

However many readings there are, memory holds one at a time. Which of them say the same, which amend
another, and who read a study twice is found out when all are there, so that the order in which they
lay has no part in the tables. How these become files is the matter of ``leaving``.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mriview.exporters.tables import Row, rows_from, rows_of, tables
from mriview.report import Report
from mriview.report.compare import said_sha256
from mriview.values import Problem, problem
from mriview.workflow.collect.columns import SOURCES, sources_table
from mriview.workflow.collect.key_map import KeyMap
from mriview.workflow.collect.readings import Reading

OF_THE_FILE = frozenset({"record_torn"})  # said of each copy; what a report says, of one of them

_TABLES = """
CREATE TABLE sources (
  source INTEGER PRIMARY KEY, path TEXT, kind TEXT, study_key TEXT, reader TEXT, status TEXT,
  report_id TEXT, amends TEXT, created TEXT, sha256 TEXT, content TEXT, same_as INTEGER
);
CREATE INDEX sources_by_content ON sources (content);
CREATE INDEX sources_by_id ON sources (report_id);
CREATE INDEX sources_by_study ON sources (study_key, reader);
CREATE TABLE rows (source INTEGER, place INTEGER, number INTEGER, cells TEXT);
CREATE INDEX rows_by_place ON rows (place, source);
CREATE TABLE problems (source INTEGER, code TEXT, severity TEXT, study_key TEXT, said TEXT);
CREATE INDEX problems_by_source ON problems (source);
CREATE VIEW told AS SELECT * FROM sources WHERE content IS NOT NULL;
CREATE VIEW kept AS SELECT * FROM told WHERE same_as IS NULL;
"""
_SAME = "SELECT source FROM kept WHERE content = ?"
_SAME_ID = "SELECT source FROM kept WHERE report_id = ?"
_COUNTS = "SELECT count(reader), count(DISTINCT reader) FROM kept"
_STUDIES = "SELECT count(DISTINCT study_key) FROM kept WHERE reader IS NOT NULL"
_BROKEN = "SELECT count(*) FROM sources WHERE content IS NULL"
_KINDS = "SELECT kind, count(*) FROM sources GROUP BY kind"
_CODES = "SELECT code, severity, said FROM problems ORDER BY code, rowid"
_ROWS = """
SELECT cells FROM rows JOIN sources s USING (source) WHERE place = ?
ORDER BY s.study_key, s.reader, s.created, s.report_id, number
"""
# An amendment names the digest of a file; the source that stands for it may have another.
_AMENDED = """
SELECT DISTINCT coalesce(old.same_as, old.source), new.source
FROM kept new JOIN told old ON new.amends = old.sha256 ORDER BY 1, 2
"""
_AMENDS_NOTHING = """
SELECT source FROM kept
WHERE amends IS NOT NULL AND amends NOT IN (SELECT sha256 FROM told) ORDER BY source
"""
_READ_TWICE = """
SELECT json_group_array(source) FROM kept WHERE reader IS NOT NULL
GROUP BY study_key, reader HAVING count(*) > 1 ORDER BY study_key, reader
"""
_UNMAPPED = "SELECT study_key FROM kept EXCEPT SELECT study_key FROM mapped ORDER BY 1"
_UNUSED = """
SELECT study_key FROM mapped
EXCEPT SELECT study_key FROM kept WHERE reader IS NOT NULL ORDER BY 1
"""
_PROBLEMS = """
SELECT p.source, coalesce(s.study_key, p.study_key), s.reader, s.report_id, p.said
FROM problems p LEFT JOIN sources s USING (source)
ORDER BY p.source IS NULL, p.source, p.rowid
"""
_SOURCES = """
SELECT source, kind, study_key, reader, status, report_id, content, same_as,
  (SELECT json_group_array(code) FROM (
    SELECT DISTINCT code FROM problems p WHERE p.source = s.source ORDER BY code))
FROM sources s ORDER BY source
"""
_PATHS = "SELECT source, path FROM sources ORDER BY source"


class Case(NamedTuple):
    """One code of problems: how often, and what its first says; the others may name other numbers.

    Parameters
    ----------
    code, severity : str
    times : int
    message, remedy : str
        Of the first.
    alike : bool
        Whether all say the same.
    """

    code: str
    severity: str
    times: int
    message: str
    remedy: str
    alike: bool = True


class Counts(NamedTuple):
    """How much was gathered; each number counts sources, but for studies and readers."""

    reviews: int
    reports: int
    readings: int
    studies: int
    readers: int
    broken: int
    against_rules: int
    cases: tuple[Case, ...]


class Gathered:
    """A database of its own, in a folder that nobody else writes into.

    Parameters
    ----------
    path : Path
        Where it is made; nothing lies there yet.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=OFF")  # it goes when anything fails
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")
        self._count = 0

    def add(self, reading: Reading) -> None:
        """Put a reading to the others; its rows stand once, however often it is found."""
        self._count += 1
        number, report = self._count, reading.report
        problems = list(reading.problems)
        content = same_as = None
        if report is not None:
            content = said_sha256(report)
            same_as = self._one(_SAME, content)
            other = self._one(_SAME_ID, report.report_id)
            if same_as is not None:
                problems = [one for one in problems if one.code in OF_THE_FILE]
                problems.append(problem("same_report", source=same_as))
            elif other is not None:
                problems.append(problem("report_altered", source=other))
                content = None
            else:
                self._keep(number, report)
        self._database.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                str(reading.source.path.absolute()).encode("utf-8", "surrogateescape"),
                reading.source.kind,
                reading.study_key,
                reading.reader,
                *_told(report),
                reading.sha256,
                content,
                same_as,
            ),
        )
        for said in problems:
            self._say(said, number, reading.study_key)

    def relate(self, key_map: KeyMap | None) -> None:
        """Say what readings are to each other and to the key map; once, when all are there."""
        amended: set[int] = set()
        for number, by in self._pairs(_AMENDED):
            amended.add(number)
            self._say(problem("amended_by", source=by), number)
        for (number,) in self._pairs(_AMENDS_NOTHING):
            self._say(problem("amends_absent"), number)
        for (listed,) in self._pairs(_READ_TWICE):
            standing = sorted(set(json.loads(listed)) - amended)
            for number in standing if len(standing) > 1 else ():
                self._say(problem("read_twice", reports=len(standing)), number)
        if key_map is not None:
            self._compare(key_map)

    def counts(self) -> Counts:
        """Count what was gathered."""
        ((readings, readers),) = self._pairs(_COUNTS)
        ((studies,),) = self._pairs(_STUDIES)
        ((broken,),) = self._pairs(_BROKEN)
        kinds, cases = dict(self._pairs(_KINDS)), self._cases()
        against = (case.times for case in cases if case.code == "report_breaks_rules")
        return Counts(
            reviews=kinds.get("review", 0),
            reports=kinds.get("report", 0),
            readings=readings,
            studies=studies,
            readers=readers,
            broken=broken,
            against_rules=sum(against),
            cases=cases,
        )

    def rows(self, name: str) -> Iterator[Row]:
        """Give the rows of a table, by study, reader and time; those of sources by their number."""
        if name == SOURCES:
            yield from self._sources()
            return
        for (cells,) in self._pairs(_ROWS, (list(tables()).index(name),)):
            yield json.loads(cells)

    def problems(self) -> Iterator[dict[str, Any]]:
        """Give all problems by source, then those of the key map by study."""
        for number, study_key, reader, report_id, said in self._pairs(_PROBLEMS):
            about = {"source": number, "study_key": study_key, "reader": reader}
            yield {**about, "report_id": report_id, **json.loads(said)}

    def paths(self) -> Iterator[Row]:
        """Give where each source lies: the only paths that are kept."""
        for number, path in self._pairs(_PATHS):
            yield {"source": number, "path": path.decode("utf-8", "backslashreplace")}

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _cases(self) -> tuple[Case, ...]:
        cases: dict[str, Case] = {}
        for code, severity, text in self._pairs(_CODES):
            said = json.loads(text)
            words = said["message"], said["remedy"]
            case = cases.get(code, Case(code, severity, 0, *words))
            alike = case.alike and words == (case.message, case.remedy)
            cases[code] = case._replace(times=case.times + 1, alike=alike)
        return tuple(cases.values())

    def _keep(self, number: int, report: Report) -> None:
        made = rows_of(report)
        self._database.executemany(
            "INSERT INTO rows VALUES (?, ?, ?, ?)",
            (
                (number, place, n, json.dumps(row, ensure_ascii=True, allow_nan=False))
                for place, name in enumerate(tables())
                for n, row in enumerate(made[name])
            ),
        )

    def _compare(self, key_map: KeyMap) -> None:
        self._database.execute("CREATE TEMP TABLE mapped (study_key TEXT PRIMARY KEY)")
        keys = ((key,) for key in key_map.of_study)
        self._database.executemany("INSERT INTO mapped VALUES (?)", keys)
        if key_map.without_key:
            counts = {"keys": key_map.without_key, "rows": key_map.rows}
            self._say(problem("key_map_no_key", None, **counts), None)
        for code, query in (("key_map_absent", _UNMAPPED), ("key_map_unused", _UNUSED)):
            for (key,) in self._pairs(query):
                self._say(problem(code), None, key)

    def _sources(self) -> Iterator[Row]:
        for (
            number,
            kind,
            study_key,
            reader,
            status,
            report_id,
            content,
            same_as,
            codes,
        ) in self._pairs(_SOURCES):
            told = {
                "source": number,
                "kind": kind,
                "study_key": study_key,
                "reader": reader,
                "status": status,
                "report_id": report_id,
                "in_tables": content is not None and same_as is None,
                "same_as": same_as,
                "codes": json.loads(codes),
            }
            yield from rows_from(sources_table(), told)

    def _say(self, said: Problem, number: int | None, study_key: str | None = None) -> None:
        text = json.dumps(said.as_json(), default=str)
        row = number, said.code, said.severity, study_key, text
        self._database.execute("INSERT INTO problems VALUES (?, ?, ?, ?, ?)", row)

    def _one(self, query: str, value: str) -> int | None:
        found = self._database.execute(query, (value,)).fetchone()
        return None if found is None else int(found[0])

    def _pairs(self, query: str, values: Iterable[object] = ()) -> Iterator[Any]:
        return iter(self._database.execute(query, tuple(values)))


def _told(report: Report | None) -> tuple[str | None, ...]:
    if report is None:
        return (None,) * 4
    return report.status, report.report_id, report.amends, report.created
