"""What goes wrong, in words that a radiographer can act on.

    MriviewError                                                            exit code
    + UsageError          the call names something that is not there        2
    + InputError          what was given cannot be read at all              3
    + ScanError           a series is refused, with its evidence            3
    + OutputError         what was made cannot be written                   3
    + GeometryError       a grid, a path or a mask has no place             4
    + GuardError          the record refuses a command                      4
    + RecordError         a review is open elsewhere or of another study    4
      + BrokenRecordError the folder is not what it says it is              1
    + InvalidReportError  a report has not the shape or breaks a rule       1
    + MissingExtraError   something optional is not installed, no display   5

One class for each situation that a caller treats differently; the sentences stand beside the code
that knows the numbers, as class methods where several places refuse the same thing. Each error
carries a code that scripts can match, what was found, what to do, and the evidence as values.
A patient's name, a UID or a path is in no message and in no field.
"""

from collections.abc import Mapping
from typing import ClassVar, Self


class MriviewError(Exception):
    """A refusal: what was found (one clause, with numbers), what to do (one clause), evidence.

    Parameters
    ----------
    code : str
        A snake_case word that scripts can match.
    found : str
        One clause, with numbers, without a full stop.
    remedy : str
        One imperative clause, without a full stop.
    evidence : mapping, optional
        The numbers and words of ``found`` as values.
    where : str, optional
        The key of the series, the id or the JSON path that is meant; never a file path.

    Examples
    --------
    >>> print(MriviewError("slice_gap", "1 of 11 steps is 1.34 mm", "Export the series again"))
    slice_gap: 1 of 11 steps is 1.34 mm. Export the series again.
    """

    exit_code: ClassVar[int] = 3

    def __init__(
        self,
        code: str,
        found: str,
        remedy: str,
        evidence: Mapping[str, object] | None = None,
        where: str | None = None,
    ) -> None:
        self.code, self.found, self.remedy = code, found, remedy
        self.evidence, self.where = dict(evidence or {}), where
        super().__init__(f"{code}: {found}. {remedy}.")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.code, self.found, self.remedy, self.evidence, self.where)

    def as_json(self) -> dict[str, object]:
        """Give the error in the form that every command prints with ``--json``."""
        return {
            "code": self.code,
            "message": self.found,
            "evidence": self.evidence,
            "remedy": self.remedy,
            "where": self.where,
        }


class UsageError(MriviewError):
    """The call names a series, a role, a study or an option that is not there, or more than one."""

    exit_code = 2


class InputError(MriviewError):
    """What was given cannot be read at all."""


class ScanError(MriviewError):
    """A series is refused: what its headers or its voxels show is no volume in a known place."""


class OutputError(MriviewError):
    """What was made cannot be written; what stood there before is untouched."""

    @classmethod
    def not_writable(cls, what: str, reason: str) -> Self:
        """Refuse to go on where the disk is full or the folder is closed."""
        remedy = "Free some space or choose another folder, then run it again"
        return cls("output_not_writable", f"{what} could not be written ({reason})", remedy)


class GeometryError(MriviewError):
    """A grid, a path or a mask has no length, no direction or no finite place."""

    exit_code = 4


class GuardError(MriviewError):
    """The record refuses a command; nothing was changed."""

    exit_code = 4


class RecordError(MriviewError):
    """A review folder is open elsewhere, of another study, or holds no review."""

    exit_code = 4


class BrokenRecordError(RecordError):
    """A review folder is not what it says it is: a line or a mask is lost or was changed."""

    exit_code = 1


class InvalidReportError(MriviewError):
    """A report has not the shape of its version, or breaks a rule."""

    exit_code = 1


class MissingExtraError(MriviewError):
    """Something optional is not installed, or there is no display."""

    exit_code = 5
