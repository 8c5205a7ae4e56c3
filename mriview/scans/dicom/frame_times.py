"""What the frames of a multi-frame object say of their time, each by its name.

Nothing here orders frames: `mriview.scans.stack` tries the names one after the other, and takes
what tells images at one place apart. What the object says counts where a frame says nothing.
"""

import math
import re
from collections.abc import Callable, Mapping

from mriview.scans.dicom.acquisition import moment_of
from mriview.scans.dicom.functional_groups import SYNONYMS, FrameHeader, tag_of
from mriview.scans.dicom.nested import Raw, value_of

NUMBERS = {
    "temporal_position": "TemporalPositionIndex",
    "temporal_offset_s": "TemporalPositionTimeOffset",
    "acquisition": "FrameAcquisitionNumber",
    "trigger_ms": "NominalCardiacTriggerDelayTime",
    "cardiac_percent": "NominalPercentageOfCardiacPhase",
    "respiratory_percent": "NominalPercentageOfRespiratoryPhase",
}
MOMENTS = {
    "acquired_s": "FrameAcquisitionDateTime",
    "reference_s": "FrameReferenceDateTime",
    "object_s": "AcquisitionDateTime",
}
PAIRS = {  # of date and time, where there is no moment
    "acquired_s": ("AcquisitionDate", "AcquisitionTime"),
    "content_s": ("ContentDate", "ContentTime"),
}
_ZONE = re.compile("[+-]")  # PS3.5 6.2, DT: the offset from UTC is one for the whole series


class FrameTimes:
    """Reads the times of the frames of one object.

    Parameters
    ----------
    common : FrameHeader
        A frame that has no functional groups of its own.
    """

    def __init__(self, common: FrameHeader) -> None:
        said = {name: common.number(keyword) for name, keyword in NUMBERS.items()}
        said |= {name: _moment(common.text(keyword)) for name, keyword in MOMENTS.items()}
        for name, (date, time) in PAIRS.items():
            if said.get(name) is None:
                said[name] = moment_of(common.text(date), common.text(time))
        self._common = {name: value for name, value in said.items() if value is not None}
        self._met: dict[Raw, float | None] = {}

    def of(self, own: Mapping[int, Raw]) -> dict[str, float]:
        """Gather the times of one frame.

        Parameters
        ----------
        own : mapping
            Tag to element: what its groups say of this frame alone.

        Returns
        -------
        dict
            Name to number: ms, s or an index as the name says; only what is known.
        """
        said: dict[str, float | None] = {**self._common}
        for name, tags, convert in _ELEMENTS:
            raw = next((own[tag] for tag in tags if tag in own), None)
            if raw is None:
                continue
            if raw not in self._met:  # most frames say what another one said
                self._met[raw] = convert(raw)
            said[name] = self._met[raw]
        if _TIME in own and _MOMENT not in own:  # a converted image has the classic pair
            date = _text(own[_DATE]) if _DATE in own else ""
            said["acquired_s"] = moment_of(date, _text(own[_TIME]))
        return {name: value for name, value in said.items() if value is not None}


def _text(raw: Raw) -> str:
    return str((value_of(raw) or ("",))[0])


def _moment(text: str) -> float | None:
    return moment_of(text[:8], _ZONE.split(text[8:])[0])


def _number(raw: Raw) -> float | None:
    try:
        number = float(_text(raw))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


_MOMENT = tag_of("FrameAcquisitionDateTime")
_DATE, _TIME = tag_of("AcquisitionDate"), tag_of("AcquisitionTime")
_ELEMENTS: tuple[tuple[str, tuple[int, ...], Callable[[Raw], float | None]], ...] = (
    *(
        (name, tuple(map(tag_of, SYNONYMS.get(keyword, (keyword,)))), _number)
        for name, keyword in NUMBERS.items()
    ),
    *(
        (name, (tag_of(keyword),), lambda raw: _moment(_text(raw)))
        for name, keyword in MOMENTS.items()
    ),
)
