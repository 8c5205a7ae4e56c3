"""A run over an archive: find, read, keep, leave; and what happens when it is stopped.

Here the parts meet: studies are found (``search``), given to workers (``executors``), what they say
is kept as it comes (``ledger``) and left as files at the end, also at an early one (``leaving``).
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Literal, NamedTuple

from mriview.errors import InputError, MriviewError, OutputError, UsageError
from mriview.scans.keys import unnumbered
from mriview.scans.units import StudyUnit
from mriview.values import problem
from mriview.workflow.batch.leaving import (
    TABLES,
    leave_keys,
    leave_overview,
    leave_run,
    leave_tables,
)
from mriview.workflow.batch.ledger import Done, Ledger, open_ledger
from mriview.workflow.batch.naming import Found
from mriview.workflow.batch.owners import owned_reviews
from mriview.workflow.batch.reading import REPORTS, Outcome, Task, failed, read_study
from mriview.workflow.batch.reviews import ReviewPlace, Reviews, reviews_below
from mriview.workflow.batch.search import search
from mriview.workflow.batch.settings import BatchSettings
from mriview.workflow.executors import Executor, open_executor


class Progress(NamedTuple):
    """How far a run is: files looked into while it finds studies, then studies that are done."""

    stage: Literal["finding", "reading"]
    done: int
    total: int | None = None
    failed: int = 0


class Summary(NamedTuple):
    """What a run did.

    Parameters
    ----------
    studies : dict of int
        Studies by what became of them: reported, no_scan, failed, gone.
    read : int
        Studies that were read this time; the others had been before.
    readings : int
        Readings in the tables.
    errors, warnings : int
        Problems for which something was refused, and what a person has to look at.
    reviews_elsewhere : int
        Reviews of studies that are not in the archive.
    failed : tuple of (str, str)
        Keys and codes of the studies that failed.
    """

    studies: dict[str, int]
    read: int
    readings: int
    errors: int
    warnings: int
    reviews_elsewhere: int
    failed: tuple[tuple[str, str], ...]


Tell = Callable[[Progress], None]


def batch(settings: BatchSettings, tell: Tell | None = None) -> Summary:
    """Read every study of an archive, and leave tables and reports.

    Parameters
    ----------
    settings : BatchSettings
        What is asked.
    tell : callable, optional
        Told how far it is.

    Returns
    -------
    Summary
        What was done. A study that could not be read has its row and its problem.

    Raises
    ------
    InputError
        The root or the folder of reviews cannot be read, or holds no scan; ``keys.csv`` of the run
        that goes on is damaged.
    UsageError
        Nothing fits the globs, the folder for the tables is not empty, or the run in it was asked
        something else.
    OutputError
        The disk is full or closed; what is in the database stays, and `resume` goes on.
    RecordError
        Another run writes into the folder.
    """
    settings = settings.in_full()
    reviews = reviews_below(settings.reviews)
    made = not settings.out.exists()
    is_void = False
    try:
        with open_ledger(settings) as ledger:
            run = _Run(settings, ledger, reviews, tell or _say_nothing)
            try:
                run.go()
                run.leave(finished=True)
            except BaseException as error:
                refused = isinstance(error, InputError | UsageError)
                is_void = refused and not run.has_found and not settings.resume
                if not is_void:
                    with suppress(MriviewError):  # the first refusal is the one to be told
                        run.leave(finished=False)
                raise
            return run.summary()
    finally:
        if is_void:
            _take_back(settings.out, made=made)


def _take_back(out: Path, *, made: bool) -> None:
    """Leave nothing of a run that found no study: the folder was empty before it."""
    for path in out.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if made:
        out.rmdir()


class _Run:
    """What one run knows of itself."""

    def __init__(
        self, settings: BatchSettings, ledger: Ledger, reviews: Reviews, tell: Tell
    ) -> None:
        self._settings, self._ledger, self._reviews = settings, ledger, reviews
        self._tell, self._made_by = tell, settings.made_by()
        self._started, self._clock_s = datetime.now(UTC), monotonic()
        self._read = self._failed = self._elsewhere = 0
        self.has_found = False

    def go(self) -> None:
        """Find studies and read those that are not done."""
        settings = self._settings
        _make(settings.out / REPORTS)
        _sweep(settings.out)
        with open_executor(
            settings.engine,
            workers=settings.workers,
            timeout_s=settings.timeout_s,
            memory_bytes=settings.memory_bytes,
        ) as executor:
            apart = self._reviews.folders
            found = search(settings, executor, self._ledger, self._tell_files, apart)
            self.has_found = True
            self._leave_run(finished=False)
            leave_keys(settings.out, found.placed())
            self._take_leave_of_others(found)
            self._read_studies(found, executor)
            self._forget_copies(found)
        foreign = tuple(self._reviews.of_none(found.study_keys()))
        self._elsewhere = sum(said["evidence"]["reviews"] for said in foreign)
        self._ledger.say_of_the_run([*self._reviews.problems, *foreign])

    def leave(self, *, finished: bool) -> None:
        """Write what is known as files."""
        self._leave_run(finished=False)  # what it counts is true also where the next step stops
        leave_tables(self._settings.out, self._ledger)
        leave_overview(self._settings.out, self._ledger, finished=finished)
        self._leave_run(finished=finished)

    def _leave_run(self, *, finished: bool) -> None:
        """Write what the run is and how far it is; not finished as long as it goes on."""
        seconds = monotonic() - self._clock_s
        said = self.summary()
        leave_run(
            self._settings.out,
            self._settings,
            {
                "finished": finished,
                "studies": said.studies,
                "readings": said.readings,
                "errors": said.errors,
                "warnings": said.warnings,
                "read_this_time": said.read,
                "started": self._started.isoformat(timespec="seconds"),
                "seconds": round(seconds, 1),
            },
        )

    def summary(self) -> Summary:
        """Count what the ledger holds."""
        return Summary(
            self._ledger.counts(),
            self._read,
            self._ledger.readings(),
            self._ledger.grave("error"),
            self._ledger.grave("warning"),
            self._elsewhere,
            tuple(self._ledger.failed()),
        )

    def _tell_files(self, files: int) -> None:
        self._tell(Progress("finding", files))

    def _read_studies(self, found: Found, executor: Executor) -> None:
        done = self._ledger.done()
        settings, ledger = self._settings, self._ledger
        owned = owned_reviews(found.units, self._reviews, settings, executor, ledger)
        listed = (_task(unit, owned[unit.key]) for unit in found.units)
        tasks = [task for task in listed if not self._is_done(task, done)]
        lost = [one for one in found.lost if not self._is_known(one.key, one.fingerprint, done)]
        total = len(found.units) + len(found.lost)
        kept = total - len(tasks) - len(lost)
        self._tell(Progress("reading", kept, total, self._failed))
        for one in lost:
            lost_one = failed(one.key, one.fingerprint, one.error)
            self._keep(lost_one, failure=True)
            self._tell(Progress("reading", kept + self._read, total, self._failed))
        read = partial(read_study, settings=self._settings)
        for answer in executor.run(read, tasks):
            task = answer.job
            if isinstance(answer.error, OutputError):
                raise answer.error
            if answer.error is not None:
                stopped = failed(task.unit.key, self._fingerprint(task), answer.error)
                self._keep(stopped, failure=True)
            elif answer.result is not None:
                seen = replace(task, unit=replace(task.unit, fingerprint=answer.result.fingerprint))
                read_one = replace(answer.result, fingerprint=self._fingerprint(seen))
                self._keep(read_one)
            self._tell(Progress("reading", kept + self._read, total, self._failed))

    def _is_done(self, task: Task, done: dict[str, Done]) -> bool:
        key = task.unit.key
        return self._is_known(key, self._fingerprint(task), done) and all(
            _sha256(self._settings.out / REPORTS / name) == digest
            for name, digest in done[key].reports
        )

    def _is_known(self, key: str, fingerprint: str, done: dict[str, Done]) -> bool:
        """Whether a row is of these very files, and made by what would make it now."""
        row = done.get(key)
        if row is None or row.fingerprint != fingerprint or row.status == "gone":
            return False
        return row.made_by == self._maker(failure=row.status == "failed")

    def _fingerprint(self, task: Task) -> str:
        """Tell from what a row is made: the files of the study, and its reviews."""
        unit = task.unit  # what others share with it decides what is refused
        shared = unit.shared_series, unit.patient_in_key, unit.copies
        text = f"{unit.fingerprint}{task.reviews_state}{shared}"
        return hashlib.sha256(text.encode()).hexdigest()

    def _maker(self, *, failure: bool) -> str:
        """Digest of what makes a row; what failed is tried again where more is allowed."""
        if not failure:
            return self._made_by
        allowed = f"{self._made_by}{self._settings.timeout_s}{self._settings.memory_bytes}"
        return hashlib.sha256(allowed.encode()).hexdigest()

    def _keep(self, outcome: Outcome, *, failure: bool = False) -> None:
        before = self._ledger.reports_of(outcome.key)
        self._ledger.keep(outcome, self._maker(failure=failure))
        self._take_away(before - {name for name, _ in outcome.reports})  # readings that are no more
        self._read += 1
        self._failed += failure

    def _take_leave_of_others(self, found: Found) -> None:
        """Mark what an earlier run read and is no longer there; what never was a study goes."""
        there = found.study_keys()
        for key, row in self._ledger.done().items():
            if key in there or row.status == "gone":
                continue
            if row.status == "failed":
                self._ledger.forget(key)
            else:
                said = problem("study_gone").as_json()
                self._ledger.mark_gone(key, {"study_key": key, **said})

    def _forget_copies(self, found: Found) -> None:
        """Forget copies that are gone where others are there and hold their readings."""
        there: dict[str, list[str]] = {}
        for key in found.study_keys():
            there.setdefault(unnumbered(key), []).append(key)
        for key, row in self._ledger.done().items():
            others = there.get(unnumbered(key))
            if row.status == "gone" and others and self._ledger.holds_readings_of(key, others):
                names = self._ledger.reports_of(key)
                self._ledger.forget(key)
                self._take_away(names)

    def _take_away(self, reports: Iterable[str]) -> None:
        for name in reports:
            (self._settings.out / REPORTS / name).unlink(missing_ok=True)


def _task(unit: StudyUnit, reviews: tuple[ReviewPlace, ...]) -> Task:
    folders = tuple(place.folder for place in reviews)
    return Task(unit, folders, "".join(place.state for place in reviews))


def _sweep(out: Path) -> None:
    """Remove what a run that was killed had half written."""
    with suppress(OSError):
        for folder in (out, out / REPORTS, out / TABLES):
            for part in folder.glob(".*.part"):
                part.unlink()


def _say_nothing(progress: Progress) -> None:
    del progress


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise OutputError.not_writable("the reports", reason) from error
