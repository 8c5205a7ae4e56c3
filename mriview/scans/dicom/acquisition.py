"""How a DICOM image was made: physics, names, what separates volumes, what orders them in time.

Nothing here decides a role or a grid: `mriview.scans.roles` and `mriview.scans.split` do, from
these values. Private elements are read only under their maker's own creator word.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from mriview.scans.dicom.header import (
    GE_B,
    GE_COMPONENT,
    GE_PULSE_NAME,
    MOSAIC_COUNT,
    PHILIPS_B,
    PHILIPS_COMPONENT,
    PHILIPS_LABEL,
    PHILIPS_PHASE,
    PHILIPS_TECHNIQUE,
    SIEMENS_B,
    HeaderOf,
    creator_of,
    tags_of,
)
from mriview.scans.headers import Acquisition
from mriview.vocabulary import physics

GE_B_OFFSET = 1_000_000_000  # GE adds it to b-values of newer releases

_DAY_S = 86_400.0
_PHASE = int(PHILIPS_PHASE)  # pydicom's tags are slow to compare
_WORDS_OF_COMPONENT = 2  # values 1 and 2 of ImageType say how it was made, not what it shows


def acquisition_of(header: HeaderOf, image_type: tuple[str, ...]) -> Acquisition:
    """Gather physics by the rows of the vocabulary, and the words that name a sequence."""
    values: dict[str, float | str] = {}
    for row in physics().values():
        if row.unit is None:
            word = "\\".join(header.words(row.dicom))
            if word:
                values[row.id] = word
        elif (number := header.number(row.dicom)) is not None:
            values[row.id] = number
    if (b := b_value(header)) is not None:
        values["b_value_s_mm2"] = b
    maker = header.text("Manufacturer").upper()
    names = [header.text("SeriesDescription"), header.text("SequenceName")]
    names.append(header.text("PulseSequenceName"))
    names += [header.private_text(GE_PULSE_NAME), header.private_text(PHILIPS_TECHNIQUE)]
    if not maker.startswith("GE"):  # GE writes one protocol name on all series of an exam
        names.append(header.text("ProtocolName"))
    return Acquisition(
        modality=header.text("Modality"),
        physics=MappingProxyType(values),
        names=tuple(dict.fromkeys(name for name in names if name)),
        image_type=image_type,
        contrast_agent=header.text("ContrastBolusAgent"),
        contrast_volume_ml=header.number("ContrastBolusVolume"),
        contrast_started=_contrast_started(header),
    )


def acquired_mm(
    header: HeaderOf, spacing_mm: tuple[float, float], size: tuple[int, int]
) -> tuple[float, float, float] | None:
    """Edges as they were measured, before interpolation; None where the header does not tell.

    AcquisitionMatrix holds frequency rows, frequency columns, phase rows, phase columns, two of
    them 0 (PS3.3 C.8.3.1). Scanners count "rows" along i: with the phase encoded along columns
    they write [frequency, 0, 0, phase].
    """
    matrix, thickness = header.numbers("AcquisitionMatrix"), header.number("SliceThickness")
    if matrix is None or len(matrix) != 4 or thickness is None or thickness <= 0:
        return None
    measured = max(matrix[0], matrix[2]), max(matrix[1], matrix[3])
    if min(measured) < 1:
        return None
    edges = (
        max(step, step * pixels / lines)
        for step, pixels, lines in zip(spacing_mm, size, measured, strict=True)
    )
    along_i, along_j = edges
    return round(along_i, 4), round(along_j, 4), thickness


def kind_of(header: HeaderOf, image_type: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Tell what makes volumes of one series different: object, component, label, echo, b ..."""
    kind = {
        "class": header.text("SOPClassUID"),
        "image_type": "\\".join(image_type[_WORDS_OF_COMPONENT:]),
        "component": header.text("ComplexImageComponent"),
        "maker": header.private_text(GE_COMPONENT) or header.private_text(PHILIPS_COMPONENT),
        "label": header.private_text(PHILIPS_LABEL),
        "echo": header.text("EchoNumbers"),
        "echo_ms": _rounded(header.number("EchoTime")),
        "b_value": _rounded(b_value(header)),
        "flip_deg": _rounded(header.number("FlipAngle")),
    }
    return tuple((name, value) for name, value in kind.items() if value)


def b_value(header: HeaderOf) -> float | None:
    """Diffusion weighting in s/mm2, from the standard's element or the maker's."""
    if (standard := header.number("DiffusionBValue")) is not None:
        return standard
    for tag in (SIEMENS_B, PHILIPS_B, GE_B):
        there = header.private(tag)
        value = None if there is None else header.number(there)
        if value is not None:
            return value % GE_B_OFFSET if tag == GE_B else value
    return None


def mosaic_count(header: HeaderOf) -> int:
    """Images in a Siemens mosaic; 0 where it is none or does not say."""
    there = header.private(MOSAIC_COUNT)
    return 0 if there is None else int(header.number(there) or 0)


def times_of(header: HeaderOf) -> dict[str, float]:
    """Gather what may order images at one place in time, most telling first."""
    times = {name: ask(header) for name, (ask, _) in TIMES.items()}
    return {name: value for name, value in times.items() if value is not None}


def _contrast_started(header: HeaderOf) -> bool | None:
    """Whether the agent was given before; scanners copy it to native series of the same exam."""
    started = moment_of("", header.text("ContrastBolusStartTime"))
    acquired = moment_of("", header.text("AcquisitionTime"))
    return None if started is None or acquired is None else started <= acquired


def _acquired_s(header: HeaderOf) -> float | None:
    return moment_of(header.text("AcquisitionDate"), header.text("AcquisitionTime"))


def _phase(header: HeaderOf) -> float | None:
    there = header.private(PHILIPS_PHASE) if _PHASE in header.tags() else None
    return None if there is None else header.number(there)


# What may order images, how it is asked for, and the elements on which alone the answer depends.
TIMES: Mapping[str, tuple[Callable[[HeaderOf], float | None], tuple[int, ...]]] = {
    "temporal_position": (
        lambda header: header.number("TemporalPositionIdentifier"),
        tags_of("TemporalPositionIdentifier"),
    ),
    "acquisition": (
        lambda header: header.number("AcquisitionNumber"),
        tags_of("AcquisitionNumber"),
    ),
    "acquired_s": (_acquired_s, tags_of("AcquisitionDate", "AcquisitionTime")),
    "phase": (_phase, (_PHASE, int(creator_of(PHILIPS_PHASE)))),
    "trigger_ms": (lambda header: header.number("TriggerTime"), tags_of("TriggerTime")),
    "content_s": (
        lambda header: moment_of("", header.text("ContentTime")),
        tags_of("ContentTime"),
    ),
}


def moment_of(date: str, time: str) -> float | None:
    """Give seconds, over midnight by the day of the date; only their order counts.

    Examples
    --------
    >>> moment_of("20260101", "000001.5") - moment_of("20251231", "235959")
    2.5
    >>> moment_of("", "unknown")
    """
    if len(time) < 6 or not time[:6].isdigit():
        return None
    try:
        seconds = int(time[:2]) * 3600 + int(time[2:4]) * 60 + float(time[4:])
    except ValueError:
        return None
    return _day_s(date) + seconds


@lru_cache(64)
def _day_s(date: str) -> float:
    if len(date) != 8 or not date.isdigit():
        return 0.0
    month = int(date[:4]) * 12 + int(date[4:6])
    return (month * 31 + int(date[6:])) * _DAY_S  # only the order counts


def _rounded(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"
