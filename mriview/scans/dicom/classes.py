"""Which DICOM objects are images of a scan, which are none, and which are read elsewhere.

Rows of the standard's object classes (PS3.4 B.5), by what they mean for a reader of volumes. What a
header of a classic image must hold is in ``classic``.
"""

from collections.abc import Mapping

from mriview.scans.dicom.header import HeaderOf, UnusableError

_STORAGE = "1.2.840.10008.5.1.4.1.1."
MR, CT = _STORAGE + "4", _STORAGE + "2"
CLASSIC: Mapping[str, str] = {MR: "MR", CT: "CT"}

ENHANCED = frozenset(_STORAGE + n for n in ("2.1", "2.2", "4.1", "4.3", "4.4", "128.1", "130"))
SECONDARY = frozenset(_STORAGE + n for n in ("7", "7.1", "7.2", "7.3", "7.4"))
MEDIA_INDEX = "1.2.840.10008.1.3.10"

# Longest prefix wins; what a person would call it.
NO_SCAN: tuple[tuple[str, str], ...] = (
    (_STORAGE + "66.4", "a segmentation"),
    (_STORAGE + "66.7", "a segmentation"),
    (_STORAGE + "66.5", "a surface"),
    (_STORAGE + "66.1", "a registration"),
    (_STORAGE + "66.3", "a registration"),
    (_STORAGE + "66.2", "fiducials"),
    (_STORAGE + "66.6", "tracts"),
    (_STORAGE + "66", "raw data"),
    (_STORAGE + "67", "a value mapping"),
    (_STORAGE + "30", "a parametric map"),
    (_STORAGE + "88.59", "a key object selection"),
    (_STORAGE + "88", "a structured report"),
    (_STORAGE + "104", "an encapsulated document"),
    (_STORAGE + "11", "a presentation state"),
    (_STORAGE + "481", "a radiotherapy object"),
    (_STORAGE + "9", "a waveform"),
    (_STORAGE + "4.2", "a spectrum"),
    (_STORAGE + "6", "ultrasound"),
    (_STORAGE + "3", "ultrasound"),
    (_STORAGE + "12", "an X-ray projection"),
    (_STORAGE + "1", "an X-ray projection"),
    (_STORAGE + "77", "a photograph"),
)
_SCAN_MODALITIES = frozenset({"MR", "CT", "PT", "NM"})  # an unknown class of these may hold a scan


def is_enhanced(header: HeaderOf) -> bool:
    """Whether an object is a multi-frame one; else it is a classic MR or CT image.

    Raises
    ------
    UnusableError
        The object is no scan (info), or one that is not read (error).
    """
    uid = header.text("SOPClassUID")
    if uid in CLASSIC:
        return False
    if MEDIA_INDEX in {uid, header.media_class}:
        raise UnusableError("media_index")
    if uid in SECONDARY:
        raise UnusableError("secondary_capture")
    if uid in ENHANCED:
        return True
    if header.pixels is None and not header.has("SeriesInstanceUID"):  # every object has one
        raise UnusableError("file_truncated")
    for prefix, kind in NO_SCAN:
        if uid == prefix or uid.startswith(prefix + "."):
            raise UnusableError("not_a_scan", kind=kind)
    modality = header.text("Modality")
    if modality in _SCAN_MODALITIES and (header.pixels is not None or uid.startswith(_STORAGE)):
        raise UnusableError("class_not_supported", modality=modality)
    raise UnusableError("not_a_scan", kind="another kind of object")
