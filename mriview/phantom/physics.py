"""What the series of the digital patient say of themselves: names and physics of the headers.

Both forms, DICOM and the sidecar of NIfTI, are written from these rows. The values are those that
`mriview.scans.roles` knows a balanced steady-state cisternogram and a time-of-flight angiogram by.
"""

from types import MappingProxyType

NAME = "mriview digital patient"
PATIENT_ID = "SYNTHETIC"
COMMENT = "SYNTHETIC, not a patient"

PHYSICS = MappingProxyType({
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
})  # fmt: skip

_SEQUENCES = {"t2_cisternogram": "ciss 3d", "tof_mra": "tof 3d"}
_SECONDS = ("RepetitionTime", "EchoTime")
_NUMBERS = (*_SECONDS, "EchoTrainLength", "FlipAngle", "MagneticFieldStrength")


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
    for keyword, text in PHYSICS[role].items():
        if keyword in _SECONDS:
            values[keyword] = round(float(text) / 1000, 6)
        elif text:
            values[keyword] = float(text) if keyword in _NUMBERS else text
    return values
