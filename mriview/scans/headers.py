"""What headers say, as frozen values: planes, whole grids, what could not be read, and plans.

A format reader yields `Plane` (one 2-D image of one file), `Whole` (a file that is a grid by
itself) or `Unread` (a file with its problem); ``split`` makes `GridPlan` of them, and the reader
loads the plan. No value here holds voxels, and identifiers are kept out of every ``repr``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from mriview.geometry import Grid
from mriview.scans.coded import MODALITY, known_physics, known_words
from mriview.scans.converted import Told
from mriview.scans.files import ScanFile
from mriview.values import Problem, problem

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a file is: only to be compared and hashed, never to be shown.

    Parameters
    ----------
    study, patient, series : str
        Identifiers as the format gives them; ``""`` where it gives none.
    folders_up : int
        Where a format has no identifiers one folder is a study: how far above the file it lies.
    """

    study: str = field(default="", repr=False)
    patient: str = field(default="", repr=False)
    series: str = field(default="", repr=False)
    folders_up: int = 0


@dataclass(frozen=True, slots=True)
class Acquisition:
    """What roles are found by: physics first, then words.

    Parameters
    ----------
    modality : str
        As DICOM writes it; a word that the standard does not know is left out.
    physics : mapping
        Row id to finite number (unit in the id) or known words; whatever else a reader gives, such
        as free text, is left out, because a report shows the rest.
    names : tuple of str
        Series and sequence names, for word matching only; never shown.
    image_type : tuple of str
        As DICOM writes it, upper case.
    contrast_agent : str
        The text that a person or a scanner put into the contrast field; never shown.
    contrast_volume_ml : float or None
        Volume of the agent.
    contrast_started : bool or None
        Whether the agent was started before the image was acquired; None where nobody says.
    file_name_only : bool
        Whether ``names`` is nothing but a file name (a NIfTI without its sidecar).
    """

    modality: str = ""
    physics: Mapping[str, float | str] = field(default_factory=lambda: MappingProxyType({}))
    names: tuple[str, ...] = field(default=(), repr=False)
    image_type: tuple[str, ...] = ()
    contrast_agent: str = field(default="", repr=False)
    contrast_volume_ml: float | None = None
    contrast_started: bool | None = None
    file_name_only: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "modality", known_words(MODALITY, self.modality))
        object.__setattr__(self, "physics", MappingProxyType(known_physics(self.physics)))


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one stored image is encoded, so that its pixels can be read without its header.

    Parameters
    ----------
    syntax : str
        Transfer syntax.
    columns, rows, frames : int
        Of the stored image; a mosaic holds several planes in one.
    allocated, stored : int
        Bits a pixel takes, and bits that count.
    signed : bool
        Whether values are two's complement.
    """

    syntax: str
    columns: int
    rows: int
    frames: int
    allocated: int
    stored: int
    signed: bool

    @property
    def frame_bytes(self) -> int:
        """Bytes of one decoded image."""
        return self.columns * self.rows * self.allocated // 8


class Plane(NamedTuple):
    """One 2-D image of one file, in its place.

    Parameters
    ----------
    reader : str
        Name of the format reader that loads it.
    file, frame : ScanFile, int
        The file, and the frame in it (0 in a single-frame file; in a mosaic its tile).
    owner : Owner
        Whose it is.
    instance : str
        Identifier of the object; equal for copies.
    columns, rows : int
        Pixels along i and j.
    position_mm : (float, float, float)
        LPS mm of the centre of pixel (0, 0).
    along_i, along_j : (float, float, float)
        Unit vectors of growing column and growing row index, LPS.
    spacing_mm : (float, float)
        Distance of neighbouring pixels along i and j.
    frame_of_reference : str
        Identifier; ``""`` forbids aligning by it.
    kind : tuple of (str, str)
        What separates volumes of one series: component, echo, b-value ...
    times : mapping
        What may order images at one place in time: name to value.
    number : int
        InstanceNumber; orders nothing but equal times.
    slope, intercept : float
        Real-world value = stored value x slope + intercept.
    encoding : Encoding or None
        How the stored image is encoded; None where the reader looks again.
    corner : (int, int)
        First column and row of the plane in the stored image.
    pixels_at, pixels_bytes : int or None
        Byte of the file at which the value of the pixel data begins, and its length; None where
        unknown.
    acquisition : Acquisition
        Physics and names.
    acquired_mm : (float, float, float) or None
        Acquired edges along i and j and the slice thickness, where the header tells. A header
        does not tell the gap between slices: the volume compares with its grid.
    notes : tuple of Problem
        Warnings that its volume will carry.
    """

    reader: str
    file: ScanFile
    owner: Owner
    columns: int
    rows: int
    position_mm: Point
    along_i: Point
    along_j: Point
    spacing_mm: tuple[float, float]
    frame: int = 0
    instance: str = ""
    frame_of_reference: str = ""
    kind: tuple[tuple[str, str], ...] = ()
    times: Mapping[str, float] = MappingProxyType({})
    number: int = 0
    slope: float = 1.0
    intercept: float = 0.0
    encoding: Encoding | None = None
    corner: tuple[int, int] = (0, 0)
    pixels_at: int | None = None
    pixels_bytes: int | None = None
    acquisition: Acquisition = Acquisition()
    acquired_mm: tuple[float, float, float] | None = None
    notes: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        return "Plane(...)"  # it holds identifiers


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that is one regular grid by itself.

    Parameters
    ----------
    reader : str
        Name of the format reader that loads it.
    file : ScanFile
        The file.
    owner : Owner
        Whose it is; ``owner.series`` is a digest of header and first voxels.
    grid : Grid
        Shape and place.
    time_points : int
        1 for a 3-D file.
    scanner_space : bool
        Whether the header says that the place is the scanner's.
    companions : tuple of ScanFile
        Files that belong to it: the voxels of a pair, the sidecar.
    problems : tuple of Problem
        Warnings.
    acquisition : Acquisition
        Physics and names.
    told : Told
        What ``mriview convert`` said of the volume that the file was made of, if it did.
    """

    reader: str
    file: ScanFile = field(repr=False)
    owner: Owner
    grid: Grid
    time_points: int = 1
    scanner_space: bool = False
    companions: tuple[ScanFile, ...] = field(default=(), repr=False)
    problems: tuple[Problem, ...] = ()
    acquisition: Acquisition = field(default_factory=Acquisition)
    told: Told = field(default_factory=Told)


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that gives no plane, with its problem and, where it is known, whose it is."""

    file: ScanFile = field(repr=False)
    problem: Problem
    owner: Owner | None = None


Header = Plane | Whole | Unread


@dataclass(frozen=True, slots=True)
class Undecided:
    """A file that says two things of its place, of which a person must choose one.

    Parameters
    ----------
    unasked : Unread
        What it gives while nobody chose: nothing, with the reason.
    choices : mapping
        What it gives by the name of what is trusted.
    """

    unasked: Unread
    choices: Mapping[str, Whole | Unread]

    @property
    def file(self) -> ScanFile:
        """The file."""
        return self.unasked.file


Said = Header | Undecided  # by a reader, before anybody chose
Trust = Literal["sform", "qform"]  # the names of choices that formats have


def settled(said: Said, trust: Trust | None) -> Header:
    """Choose as the person said who asked for the file.

    Parameters
    ----------
    said : Header or Undecided
        What a reader says; of what is decided already, ``trust`` changes nothing.
    trust : str or None
        What is trusted, if anything.
    """
    if not isinstance(said, Undecided):
        return said
    return said.unasked if trust is None else said.choices.get(trust, said.unasked)


@dataclass(frozen=True, eq=False, slots=True)
class GridPlan:
    """One regular grid and the planes or the file that fill it.

    Parameters
    ----------
    grid : Grid
        Shape and place.
    sources : tuple of Plane, or of one Whole
        Planes time point by time point, each by growing k.
    time_points : int
        1 for a 3-D volume.
    problems : tuple of Problem
        Warnings.
    """

    grid: Grid
    sources: tuple[Plane | Whole, ...]
    time_points: int = 1
    problems: tuple[Problem, ...] = ()

    @property
    def first(self) -> Plane | Whole:
        """The source that speaks for all."""
        return self.sources[0]

    @property
    def files(self) -> frozenset[ScanFile]:
        """The files that the plan is loaded from."""
        beside = (s.companions for s in self.sources if isinstance(s, Whole))
        return frozenset(source.file for source in self.sources).union(*beside)

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The sources that are planes."""
        return tuple(source for source in self.sources if isinstance(source, Plane))


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Files that give no volume, with the reason: refused or, where it is no scan, ignored."""

    files: frozenset[ScanFile] = field(repr=False)
    problem: Problem


def counted(unread: Iterable[Unread], where: str | None = None) -> tuple[TurnedAway, ...]:
    """Gather files with the same problem into one sentence that counts them."""
    groups: dict[tuple[str, ...], list[Unread]] = {}
    for one in unread:
        groups.setdefault((one.problem.code, *_words(one.problem)), []).append(one)
    gathered = []
    for members in groups.values():
        files = frozenset(one.file for one in members)
        row = min((one.problem for one in members), key=str)  # no file name has a part in it
        said = problem(row.code, where or row.where, **{**row.evidence, "files": len(files)})
        gathered.append(TurnedAway(files, said))
    return tuple(gathered)


def _words(one: Problem) -> tuple[str, ...]:
    """Evidence in words: it tells sentences apart, numbers do not."""
    said = (value for value in one.evidence.values() if isinstance(value, str))
    return tuple(value for value in said if not any(map(str.isdigit, value)))
