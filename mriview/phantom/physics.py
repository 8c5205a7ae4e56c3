"""What the series of the digital patient say of themselves: names and physics of the headers.

Both forms, DICOM and the sidecar of NIfTI, are written from these rows. By these values
`mriview.scans.roles` knows each kind of series.
"""

from collections.abc import Mapping
from types import MappingProxyType

NAME = "mriview digital patient"
PATIENT_ID = "SYNTHETIC"
COMMENT = "SYNTHETIC, not a patient"

PHYSICS: Mapping[str, Mapping[str, str | float | list[str]]] = MappingProxyType({
    "t2_cisternogram": {
        "ScanningSequence": "GR",
        "SequenceVariant": "SS",
        "ScanOptions": "",
        "MRAcquisitionType": "3D",
        "RepetitionTime": "5.6",
        "EchoTime": "2.6",
        "EchoTrainLength": "1",
        "FlipAngle": "50",
        "MagneticFieldStrength": "3",
    },
    "tof_mra": {
        "ScanningSequence": "GR",
        "SequenceVariant": "SP",
        "ScanOptions": "",
        "MRAcquisitionType": "3D",
        "AngioFlag": "Y",
        "RepetitionTime": "22",
        "EchoTime": "3.5",
        "EchoTrainLength": "1",
        "FlipAngle": "20",
        "MagneticFieldStrength": "3",
    },
    "t1_post": {
        "ScanningSequence": "GR",
        "SequenceVariant": "SP",
        "ScanOptions": "",
        "MRAcquisitionType": "3D",
        "RepetitionTime": "7",
        "EchoTime": "3",
        "EchoTrainLength": "1",
        "FlipAngle": "12",
        "MagneticFieldStrength": "3",
        "ContrastBolusAgent": "Gadolinium, SYNTHETIC",
    },
    "flair": {
        "ScanningSequence": ["SE", "IR"],
        "SequenceVariant": "SK",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": "9000",
        "EchoTime": "110",
        "InversionTime": "2500",
        "EchoTrainLength": "16",
        "FlipAngle": "150",
        "MagneticFieldStrength": "3",
    },
    "dwi": {
        "ScanningSequence": ["EP", "SE"],
        "SequenceVariant": "SK",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": "4000",
        "EchoTime": "70",
        "EchoTrainLength": "1",
        "FlipAngle": "90",
        "MagneticFieldStrength": "3",
        "DiffusionBValue": 1000.0,
    },
})  # fmt: skip

_SEQUENCES = {
    "t2_cisternogram": "ciss 3d",
    "tof_mra": "tof 3d",
    "t1_post": "t1 vibe gd",
    "flair": "flair",
    "dwi": "dwi",
}
_SECONDS = ("RepetitionTime", "EchoTime", "InversionTime")
_NUMBERS = (*_SECONDS, "EchoTrainLength", "FlipAngle", "MagneticFieldStrength")
_BIDS = {"ContrastBolusAgent": "ContrastBolusIngredient"}  # where the sidecar has another word


def describe(role: str) -> str:
    """Name a series; the first word is SYNTHETIC.

    Examples
    --------
    >>> describe("tof_mra")
    'SYNTHETIC tof 3d'
    """
    return f"SYNTHETIC {_SEQUENCES[role]}"


def sidecar(role: str, slice_mm: float) -> dict[str, object]:
    """Give the BIDS-like sidecar of a series: times in seconds.

    Examples
    --------
    >>> sidecar("tof_mra", 0.6)["RepetitionTime"]
    0.022
    """
    values: dict[str, object] = {
        "Modality": "MR",
        "Manufacturer": NAME,
        "SeriesDescription": describe(role),
        "ImageComments": COMMENT,
        "ImageType": ["ORIGINAL", "PRIMARY", "M"],
        "SliceThickness": slice_mm,
        "SpacingBetweenSlices": slice_mm,
    }
    for keyword, said in PHYSICS[role].items():
        word = _BIDS.get(keyword, keyword)
        if isinstance(said, str) and keyword in _NUMBERS:
            number = float(said)
            values[word] = round(number / 1000, 6) if keyword in _SECONDS else number
        elif said:
            values[word] = said
    return values
